CREATE SCHEMA sheets; -- sheets and series of them that are ordered, and beside them the tables of River, which its own migrations make

CREATE SEQUENCE sheets.order_changes;

CREATE TABLE sheets.orders (
    id        text   PRIMARY KEY,          -- 128 random bits: who knows it of an anonymous order may fetch it
    request   jsonb  NOT NULL,
    by        text   NOT NULL,             -- the principal, and what it might do when it asked
    rights    text[] NOT NULL,
    title     text   NOT NULL,
    filename  text   NOT NULL,
    state     text   NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    stage     text   NOT NULL DEFAULT '',  -- the page that is being drawn
    done      int    NOT NULL DEFAULT 0,   -- pages
    total     int    NOT NULL,             -- pages
    bytes     bigint NOT NULL DEFAULT 0,   -- of the file
    attempt   int    NOT NULL DEFAULT 0,
    river_job bigint,                      -- the job that may draw it
    cancelling boolean NOT NULL DEFAULT false,
    problem   jsonb,
    sequence  bigint NOT NULL DEFAULT nextval('sheets.order_changes'), -- grows with every change
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at   timestamptz,
    expires_at timestamptz                 -- when the file and this row are removed
);

CREATE INDEX orders_by ON sheets.orders (by, created_at DESC);
CREATE INDEX orders_open ON sheets.orders (by) WHERE state IN ('queued', 'running');

-- Every change is told to whoever listens, and has a number that event streams go on from.
CREATE FUNCTION sheets.note_order_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := nextval('sheets.order_changes');
    NEW.changed_at := clock_timestamp();
    PERFORM pg_notify('onemap_sheets', NEW.id);
    RETURN NEW;
END $$;

CREATE TRIGGER orders_change BEFORE UPDATE ON sheets.orders
    FOR EACH ROW EXECUTE FUNCTION sheets.note_order_change();
