-- People who sign in from a phone: a link with a one-time code is exchanged for a
-- token of theirs, which ends by itself. Neither the code nor the token is stored.
CREATE TABLE access.users (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE, -- kept after revocation, so that it means one person for ever
    role       text NOT NULL,
    cell       text NOT NULL, -- code of the grid cell or division that they look after; '' is none
    phone      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE access.invitations (
    code_sha256 bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES access.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

ALTER TABLE access.tokens
    ADD COLUMN user_id bigint REFERENCES access.users, -- NULL for tokens of programs
    ADD COLUMN expires_at timestamptz;                 -- NULL is never

CREATE INDEX tokens_of_user ON access.tokens (user_id) WHERE user_id IS NOT NULL;

-- Incidents: what was reported and where it stands. Where it lies is written down
-- as the grid was then; a new grid moves no incident.
CREATE SCHEMA incidents;

CREATE TABLE incidents.incidents (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reporter    text NOT NULL,
    client_id   text NOT NULL, -- given by the reporter, who may send the same report again
    content_sha256 bytea NOT NULL,
    kind        text NOT NULL,
    source      text NOT NULL,
    text        text NOT NULL,
    given_x     double precision NOT NULL, -- as it came, in given_crs
    given_y     double precision NOT NULL,
    given_crs   text NOT NULL,
    accuracy_m  double precision, -- radius of 95 % confidence
    place       geometry(Point, 4490) NOT NULL,
    cell        text NOT NULL,   -- code of the finest cell
    cell_name   text NOT NULL,
    chain       text[] NOT NULL, -- codes from the finest cell up to the city
    tiers       text[] NOT NULL, -- their layers
    beidou      text NOT NULL,   -- level 8
    risks       jsonb,           -- dangers near it as they were known then; NULL is not known
    reported_at timestamptz NOT NULL, -- by the reporter's clock
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state       text NOT NULL,
    version     int NOT NULL DEFAULT 1 CHECK (version > 0),
    department  text NOT NULL,
    role        text NOT NULL,
    synthetic   boolean NOT NULL DEFAULT false,
    UNIQUE (reporter, client_id)
);

CREATE INDEX incidents_place ON incidents.incidents USING gist (place);
CREATE INDEX incidents_chain ON incidents.incidents USING gin (chain);
CREATE INDEX incidents_cell ON incidents.incidents (cell text_pattern_ops);
CREATE INDEX incidents_state ON incidents.incidents (state, id);
CREATE INDEX incidents_reported ON incidents.incidents (reported_at);

-- Every step of an incident, only ever added to. Their numbers rise in the order in
-- which they became visible, because who adds one holds a lock until it has.
CREATE TABLE incidents.transitions (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident   bigint NOT NULL REFERENCES incidents.incidents,
    version    int NOT NULL, -- of the incident from then on; 1 is the report
    from_state text,         -- NULL is the report
    to_state   text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    by         text NOT NULL,
    why        text NOT NULL, -- may be ''
    department text NOT NULL, -- that it was assigned to from then on
    role       text NOT NULL,
    UNIQUE (incident, version)
);

CREATE FUNCTION incidents.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'incidents.transitions is only added to';
END $$;

CREATE TRIGGER kept_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON incidents.transitions
    FOR EACH STATEMENT EXECUTE FUNCTION incidents.refuse();

-- Photos as they are served: re-encoded, without metadata.
CREATE TABLE incidents.photos (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident   bigint NOT NULL REFERENCES incidents.incidents,
    original_sha256 bytea NOT NULL, -- of the bytes that came, so that they can come again
    width      int NOT NULL,
    height     int NOT NULL,
    jpeg       bytea NOT NULL,
    thumbnail  bytea NOT NULL,
    added_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    added_by   text NOT NULL,
    UNIQUE (incident, original_sha256)
);

-- JPEG does not compress again
ALTER TABLE incidents.photos ALTER COLUMN jpeg SET STORAGE EXTERNAL, ALTER COLUMN thumbnail SET STORAGE EXTERNAL;
