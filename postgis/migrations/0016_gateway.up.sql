CREATE SCHEMA gateway;

-- Systems that call through a gateway and sign what they send.
CREATE TABLE gateway.systems (
    id         text PRIMARY KEY,          -- x-tif-paasid
    name       text NOT NULL UNIQUE,
    sealed     bytea NOT NULL,            -- the token, encrypted with a key that is not in the database; '' once revoked
    rights     text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- Calls that were accepted, until their time has run out.
CREATE TABLE gateway.nonces (
    system     text NOT NULL,
    nonce      text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (system, nonce)
);
CREATE INDEX nonces_expires_at ON gateway.nonces (expires_at);
