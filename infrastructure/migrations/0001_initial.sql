-- What AKTO knows: contacts and establishments, loaded from its own data.
CREATE TABLE contacts (
    email_key   text PRIMARY KEY,           -- lower case: the form in which two addresses are the same
    email       text NOT NULL,              -- as AKTO stores it: mail goes there and nowhere else
    civility    text,
    last_name   text,
    first_name  text,
    active      boolean NOT NULL DEFAULT true,
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE establishments (
    siret       char(14) NOT NULL CHECK (siret ~ '^[0-9]{14}$'),
    kind        text NOT NULL CHECK (kind IN ('member', 'training_organisation')),
    name        text NOT NULL,
    commune     text,
    number      text,                       -- member or training-organisation number, as written
    number_key  text,                       -- the same without spaces, in upper case: what is compared
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (siret, kind)
);

CREATE TABLE contact_establishments (
    email_key   text NOT NULL REFERENCES contacts ON DELETE CASCADE,
    siret       char(14) NOT NULL,
    kind        text NOT NULL,
    PRIMARY KEY (email_key, siret, kind),
    FOREIGN KEY (siret, kind) REFERENCES establishments ON DELETE CASCADE
);
CREATE INDEX contact_establishments_by_siret ON contact_establishments (siret, kind);

-- Accounts. Uniqueness of a mailbox lives here, in the transaction that creates the account.
CREATE TABLE accounts (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    registration_id uuid NOT NULL UNIQUE,
    email           text NOT NULL,
    email_key       text NOT NULL UNIQUE,
    civility        text NOT NULL,
    last_name       text NOT NULL,
    first_name      text NOT NULL,
    created_at      timestamptz NOT NULL
);

CREATE TABLE credentials (
    account_id      uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    password_hash   text NOT NULL,
    changed_at      timestamptz NOT NULL
);

-- The proof of a mailbox: written by the web process alone, after it has checked the link's token.
CREATE TABLE pending_credentials (
    registration_id uuid NOT NULL,
    link_number     integer NOT NULL,
    email_key       text NOT NULL,
    password_hash   text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    consumed_at     timestamptz,
    PRIMARY KEY (registration_id, link_number)
);

CREATE TABLE theme_consents (
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    theme           text NOT NULL,
    given_at        timestamptz NOT NULL,
    withdrawn_at    timestamptz,
    PRIMARY KEY (account_id, theme, given_at)
);

CREATE TABLE attachments (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    siret           char(14) NOT NULL,
    kind            text NOT NULL,
    name            text,
    proof           text NOT NULL CHECK (proof IN ('contact_email', 'member_number', 'idcc_declared', 'operator')),
    confirmed       boolean NOT NULL,
    idcc            char(4),
    created_at      timestamptz NOT NULL,
    UNIQUE (account_id, siret, kind)
);

CREATE TABLE sessions (
    token_hash      bytea PRIMARY KEY,      -- SHA-256 of the cookie
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_seen_at    timestamptz NOT NULL DEFAULT now()
);

-- Outbox towards the real portal.
CREATE TABLE account_events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id      uuid NOT NULL,
    type            text NOT NULL,
    body            jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    delivered_at    timestamptz
);

-- One intent, one mail.
CREATE TABLE mail_ledger (
    message_id      text PRIMARY KEY,
    registration_id uuid,
    kind            text NOT NULL,
    ordinal         integer NOT NULL,
    mailbox_hash    bytea NOT NULL,         -- HMAC of the mailbox, never the address
    status          text NOT NULL CHECK (status IN ('sending', 'sent', 'suppressed', 'refused')),
    reply           text,                   -- the relay's code, or the reason of a suppression
    attempts        integer NOT NULL DEFAULT 0,
    decided_at      timestamptz NOT NULL,   -- the workflow's time: what limits count by
    sent_at         timestamptz
);
CREATE INDEX mail_ledger_by_mailbox ON mail_ledger (mailbox_hash, decided_at);
CREATE INDEX mail_ledger_by_registration ON mail_ledger (registration_id);

-- Links that were mailed: the address a token is bound to. The token itself is nowhere.
CREATE TABLE links (
    registration_id uuid NOT NULL,
    number          integer NOT NULL,
    email           text NOT NULL,
    email_key       text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (registration_id, number)
);

CREATE TABLE mailbox_blocks (
    mailbox_hash    bytea PRIMARY KEY,
    until           timestamptz NOT NULL
);

-- Limits: hits per bucket and window, atomic over all processes.
CREATE TABLE limit_hits (
    bucket          text NOT NULL,          -- what is limited and a hash of whom, never an address
    window_start    timestamptz NOT NULL,
    hits            integer NOT NULL,
    PRIMARY KEY (bucket, window_start)
);

CREATE TABLE idempotency_keys (
    key_hash        bytea PRIMARY KEY,
    body_hash       bytea NOT NULL,
    registration_id uuid NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- INSEE: answers remembered, and the calls of the last minute.
CREATE TABLE insee_answers (
    siret           char(14) PRIMARY KEY,
    answer          jsonb NOT NULL,
    fetched_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL
);

CREATE TABLE insee_calls (
    at              timestamptz NOT NULL
);
CREATE INDEX insee_calls_by_time ON insee_calls (at);

CREATE TABLE audit (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now(),
    actor           text NOT NULL,
    action          text NOT NULL,
    registration_id uuid,
    reason          text
);
