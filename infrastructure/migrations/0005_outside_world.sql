-- Links between contacts and establishments are loaded by the hundred thousand. A foreign key looks at each
-- row by itself, which took half of a load's time; these triggers keep the same promises a statement at a
-- time. Loads are the only writers and follow each other under one lock, so that no parent row vanishes
-- while a link to it is being written.
ALTER TABLE contact_establishments
    DROP CONSTRAINT contact_establishments_email_key_fkey,
    DROP CONSTRAINT contact_establishments_siret_kind_fkey;

CREATE FUNCTION check_new_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_links AS link
        WHERE NOT EXISTS (SELECT FROM contacts AS c WHERE c.email_key = link.email_key)
           OR NOT EXISTS (SELECT FROM establishments AS e WHERE e.siret = link.siret AND e.kind = link.kind)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a link needs its contact and its establishment';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_establishments_have_parents AFTER INSERT ON contact_establishments
    REFERENCING NEW TABLE AS new_links FOR EACH STATEMENT EXECUTE FUNCTION check_new_links();

CREATE FUNCTION drop_links_of_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM contact_establishments AS link USING gone WHERE link.email_key = gone.email_key;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_take_their_links AFTER DELETE ON contacts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_links_of_contacts();

CREATE FUNCTION drop_links_of_establishments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM contact_establishments AS link USING gone
    WHERE link.siret = gone.siret AND link.kind = gone.kind;
    RETURN NULL;
END $$;
CREATE TRIGGER establishments_take_their_links AFTER DELETE ON establishments
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_links_of_establishments();

-- The outbox. `event_id` is what a receiver recognises a repeated delivery by.
ALTER TABLE account_events
    ADD COLUMN event_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN last_failure text;

-- Numbers in the order of commits: whoever has read up to one never finds a smaller one later. Each writer
-- takes this lock before it draws a number and keeps it until it commits, a few milliseconds.
CREATE FUNCTION order_account_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(5302017444);
    RETURN NULL;
END $$;
CREATE TRIGGER account_events_in_order BEFORE INSERT ON account_events
    FOR EACH STATEMENT EXECUTE FUNCTION order_account_events();
CREATE INDEX account_events_to_deliver ON account_events (id) WHERE delivered_at IS NULL;
