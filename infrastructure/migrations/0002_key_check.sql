-- Which keys this installation works with: for each a check value that only the key itself yields and that
-- says nothing about it. A process started with another key under the same name must not touch registrations.
CREATE TABLE key_checks (
    purpose     text NOT NULL CHECK (purpose IN ('payload', 'link', 'hash')),
    key_id      text NOT NULL,
    check_value bytea NOT NULL,
    declared_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (purpose, key_id)
);
