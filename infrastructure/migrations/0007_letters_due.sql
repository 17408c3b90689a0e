-- Mails that something we have just written makes due, written in its transaction: whoever is killed right
-- after it loses none. A worker orders them and deletes the row; there is no address here.
CREATE TABLE letters_due (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind            text NOT NULL CHECK (kind IN ('password_changed', 'newcomer')),
    decided_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX letters_due_by_account ON letters_due (account_id);
