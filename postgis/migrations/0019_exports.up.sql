-- Packages of data for people who take it away: jobs, and beside them River's tables.
CREATE SCHEMA exports;

CREATE SEQUENCE exports.changes;

CREATE TABLE exports.exports (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request    jsonb  NOT NULL,
    title      text   NOT NULL,
    needs      jsonb  NOT NULL, -- why somebody must approve; [] is that nobody must
    by         text   NOT NULL, -- the principal, and what it might do when it asked
    rights     text[] NOT NULL,
    state      text   NOT NULL CHECK (state IN ('requested', 'refused', 'queued', 'running', 'done', 'failed', 'cancelled')),
    decided_by text   NOT NULL DEFAULT '', -- who approved or refused
    decided_at timestamptz,
    reason     text   NOT NULL DEFAULT '',
    layer      text   NOT NULL DEFAULT '', -- that is being written
    features   bigint NOT NULL DEFAULT 0,  -- so far
    total      bigint NOT NULL DEFAULT 0,  -- at most; 0 is not known
    attempt    int    NOT NULL DEFAULT 0,
    river_job  bigint,
    cancelling boolean NOT NULL DEFAULT false,
    bytes      bigint NOT NULL DEFAULT 0,  -- of the package
    sha256     text   NOT NULL DEFAULT '',
    passport   jsonb,
    problem    jsonb,
    sequence   bigint NOT NULL DEFAULT nextval('exports.changes'), -- grows with every change
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    ended_at   timestamptz,
    expires_at timestamptz, -- the package is kept until then
    removed_at timestamptz
);

CREATE INDEX exports_living ON exports.exports (id) WHERE state IN ('queued', 'running');
CREATE INDEX exports_of ON exports.exports (by, created_at);

-- Who asked for, allowed, made and took what, only ever added to.
CREATE TABLE exports.record (
    seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    export bigint NOT NULL REFERENCES exports.exports,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    by     text NOT NULL,
    action text NOT NULL,
    detail text NOT NULL DEFAULT ''
);

CREATE INDEX record_of_export ON exports.record (export, seq);

CREATE FUNCTION exports.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := nextval('exports.changes');
    NEW.changed_at := clock_timestamp();
    PERFORM pg_notify('onemap_exports', NEW.id::text);
    RETURN NEW;
END $$;

CREATE TRIGGER exports_change BEFORE UPDATE ON exports.exports
    FOR EACH ROW EXECUTE FUNCTION exports.note_change();

-- Who was given every right there was keeps every right there is.
UPDATE access.tokens t
SET rights = t.rights || ARRAY['export']
WHERE t.rights @> ARRAY['read:internal', 'import', 'publish', 'edit', 'administer'] AND NOT 'export' = ANY (t.rights);
