CREATE SCHEMA jobs; -- imports that wait or run, and beside them the tables of River, which its own migrations make

CREATE SEQUENCE jobs.import_changes;

CREATE TABLE jobs.imports (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer     text   NOT NULL,
    filename  text   NOT NULL,
    size      bigint NOT NULL CHECK (size > 0), -- bytes, as declared
    received  bigint NOT NULL DEFAULT 0,        -- bytes, so far
    options   jsonb  NOT NULL,
    by        text   NOT NULL, -- the principal, and what it might do when it asked
    rights    text[] NOT NULL,
    idempotency_key text,
    state     text   NOT NULL DEFAULT 'uploading'
        CHECK (state IN ('uploading', 'queued', 'running', 'done', 'failed', 'cancelled')),
    stage     text   NOT NULL DEFAULT '',
    stages    jsonb  NOT NULL DEFAULT '[]', -- when each stage began
    rows      bigint NOT NULL DEFAULT 0,
    total     bigint NOT NULL DEFAULT 0,
    bytes     bigint NOT NULL DEFAULT 0,
    attempt   int    NOT NULL DEFAULT 0,
    river_job bigint,          -- the job that may run it, once it is its turn
    cancelling boolean NOT NULL DEFAULT false,
    version   int,
    report    jsonb,
    problem   jsonb,
    sequence  bigint NOT NULL DEFAULT nextval('jobs.import_changes'), -- grows with every change
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    queued_at  timestamptz,
    started_at timestamptz,
    ended_at   timestamptz,
    UNIQUE (by, idempotency_key)
);

CREATE INDEX imports_living ON jobs.imports (layer, queued_at, id) WHERE state IN ('uploading', 'queued', 'running');

-- Every change is told to whoever listens, and has a number that event streams go on from.
CREATE FUNCTION jobs.note_import_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := nextval('jobs.import_changes');
    NEW.changed_at := clock_timestamp();
    PERFORM pg_notify('onemap_imports', NEW.id::text);
    RETURN NEW;
END $$;

CREATE TRIGGER imports_change BEFORE UPDATE ON jobs.imports
    FOR EACH ROW EXECUTE FUNCTION jobs.note_import_change();

-- The import that a version came from. An import makes one version, even when
-- two servers took it up at once.
ALTER TABLE catalogue.versions ADD COLUMN import bigint UNIQUE;
