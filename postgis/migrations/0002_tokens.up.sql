CREATE SCHEMA access;

-- bearer tokens: the secret itself is shown once and never stored
CREATE TABLE access.tokens (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    secret_sha256 bytea NOT NULL UNIQUE,
    rights     text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
