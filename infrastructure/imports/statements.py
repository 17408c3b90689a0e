"""The SQL of a load. `incoming` holds one batch, `seen` and `kept` what a complete file has named so far.

A row that says what is known already is not written again: a second run of the same file changes nothing.
In a batch the last line that speaks of a person or an establishment counts.
"""

STAGES = {
    "contacts": """
CREATE TEMPORARY TABLE incoming (
    line integer, email_key text, email text, civility text, last_name text, first_name text,
    siret char(14), kind text
);
CREATE TEMPORARY TABLE seen (email_key text, siret char(14), kind text);
CREATE TEMPORARY TABLE kept (email_key text);
""",
    "establishments": """
CREATE TEMPORARY TABLE incoming (
    line integer, siret char(14), kind text, name text, commune text, number text, number_key text
);
CREATE TEMPORARY TABLE seen (siret char(14), kind text);
CREATE TEMPORARY TABLE kept (siret char(14));
""",
}
COLUMNS = {
    "contacts": ("line", "email_key", "email", "civility", "last_name", "first_name", "siret", "kind"),
    "establishments": ("line", "siret", "kind", "name", "commune", "number", "number_key"),
}
#: A batch is small beside the tables: each of its rows is looked up by key. The planner knows nothing of a
#: table filled a moment ago, and would now and then read the whole of the other one.
BY_KEY = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"

UNKNOWN_ESTABLISHMENTS = """
DELETE FROM incoming WHERE NOT EXISTS (
    SELECT FROM establishments AS e
    WHERE e.siret = incoming.siret AND (incoming.kind IS NULL OR e.kind = incoming.kind)
) RETURNING line
"""
CONTACTS = """
WITH newest AS (
    SELECT DISTINCT ON (email_key) email_key, email, civility, last_name, first_name
    FROM incoming ORDER BY email_key, line DESC
), changed AS (
    SELECT newest.*, old.email_key IS NULL AS is_new
    FROM newest LEFT JOIN contacts AS old USING (email_key)
    WHERE old.email_key IS NULL OR NOT old.active
       OR (old.email, old.civility, old.last_name, old.first_name)
          IS DISTINCT FROM (newest.email, newest.civility, newest.last_name, newest.first_name)
), written AS (
    INSERT INTO contacts (email_key, email, civility, last_name, first_name)
    SELECT email_key, email, civility, last_name, first_name FROM changed
    ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, civility = excluded.civility,
        last_name = excluded.last_name, first_name = excluded.first_name, active = true, updated_at = now()
)
SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM changed
"""
#: A line without a type means the establishment under every type AKTO knows it by.
LINKS = """
WITH named AS (
    SELECT DISTINCT i.email_key, e.siret, e.kind
    FROM incoming AS i JOIN establishments AS e ON e.siret = i.siret AND (i.kind IS NULL OR e.kind = i.kind)
    ORDER BY i.email_key
), written AS (
    INSERT INTO contact_establishments (email_key, siret, kind)
    SELECT email_key, siret, kind FROM named WHERE NOT EXISTS (
        SELECT FROM contact_establishments AS c
        WHERE c.email_key = named.email_key AND c.siret = named.siret AND c.kind = named.kind
    ) RETURNING 1
), noted AS (
    INSERT INTO seen SELECT email_key, siret, kind FROM named WHERE $1
)
SELECT count(*) FROM written
"""
ESTABLISHMENTS = """
WITH newest AS (
    SELECT DISTINCT ON (siret, kind) siret, kind, name, commune, number, number_key
    FROM incoming ORDER BY siret, kind, line DESC
), changed AS (
    SELECT newest.*, old.siret IS NULL AS is_new
    FROM newest LEFT JOIN establishments AS old USING (siret, kind)
    WHERE old.siret IS NULL
       OR (old.name, old.commune, old.number, old.number_key)
          IS DISTINCT FROM (newest.name, newest.commune, newest.number, newest.number_key)
), written AS (
    INSERT INTO establishments (siret, kind, name, commune, number, number_key)
    SELECT siret, kind, name, commune, number, number_key FROM changed
    ON CONFLICT (siret, kind) DO UPDATE SET name = excluded.name, commune = excluded.commune,
        number = excluded.number, number_key = excluded.number_key, updated_at = now()
), noted AS (
    INSERT INTO seen SELECT siret, kind FROM newest WHERE $1
)
SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM changed
"""

# ---- what a complete file does not name --------------------------------------------------------------

ANALYSE = "ANALYZE seen; ANALYZE kept"
#: Whom a refused line is about keeps everything: a typing mistake takes nothing away from anybody.
KEEP_CONTACTS = """
INSERT INTO seen SELECT email_key, siret, kind FROM contact_establishments
WHERE email_key IN (SELECT email_key FROM kept)
"""
KEEP_ESTABLISHMENTS = """
INSERT INTO seen SELECT siret, kind FROM establishments WHERE siret IN (SELECT siret FROM kept)
"""
REMOVE_LINKS = """
DELETE FROM contact_establishments AS c WHERE NOT EXISTS (
    SELECT FROM seen WHERE seen.email_key = c.email_key AND seen.siret = c.siret AND seen.kind = c.kind)
"""
REMOVE_CONTACTS = """
DELETE FROM contacts WHERE NOT EXISTS (SELECT FROM seen WHERE seen.email_key = contacts.email_key)
    AND NOT EXISTS (SELECT FROM kept WHERE kept.email_key = contacts.email_key)
"""
#: A file of members alone says nothing of training organisations.
REMOVE_ESTABLISHMENTS = """
DELETE FROM establishments AS e WHERE kind IN (SELECT DISTINCT kind FROM seen)
    AND NOT EXISTS (SELECT FROM seen WHERE seen.siret = e.siret AND seen.kind = e.kind)
"""
