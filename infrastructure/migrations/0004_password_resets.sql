-- Links that let a forgotten password be replaced: numbered per account, used once, the token is nowhere.
CREATE TABLE password_resets (
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    number          integer NOT NULL,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    used_at         timestamptz,
    PRIMARY KEY (account_id, number)
);
