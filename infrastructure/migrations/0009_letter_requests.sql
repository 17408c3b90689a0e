-- Somebody asked for a mail by an address alone: written down before anything is looked up, the same row for
-- whomever it names, so that neither time nor a killed process tells or forgets. A worker answers it within a
-- second and deletes it. `number` is the reset link given out for it, so that a second try gives the same.
CREATE TABLE letter_requests (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('resume', 'password_forgotten')),
    email_key       text NOT NULL,
    number          integer,
    asked_at        timestamptz NOT NULL
);
