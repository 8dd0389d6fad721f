-- Warnings to the public. A warning is a row of warnings.warnings; what it said
-- when is in warnings.revisions, which are only added to: an update or a
-- cancellation is one more. Their numbers rise in the order in which they became
-- visible, because who adds one holds a lock until it has.
CREATE SCHEMA warnings;

CREATE TABLE warnings.warnings (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE warnings.revisions (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    warning    bigint NOT NULL REFERENCES warnings.warnings,
    number     int NOT NULL CHECK (number > 0), -- 1 published it
    action     text NOT NULL CHECK (action IN ('publish', 'update', 'cancel')),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    by         text NOT NULL,
    reason     text NOT NULL, -- of an update or a cancellation; may be ''
    kind       text NOT NULL,
    colour     text NOT NULL CHECK (colour IN ('blue', 'yellow', 'orange', 'red')),
    headline   text NOT NULL,
    text       text NOT NULL,
    advice     text NOT NULL,
    issuer     text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL,
    divisions  text[] NOT NULL, -- codes
    area_text  text NOT NULL,   -- the area in words
    area       geometry(MultiPolygon, 4490) NOT NULL, -- divisions as they were then, and the polygon
    polygon    geometry(MultiPolygon, 4490), -- that was given beside the divisions
    cap_identifier text NOT NULL, -- of the CAP message that this is
    cap_sender text NOT NULL,
    cap_sent   timestamptz NOT NULL,
    UNIQUE (warning, number),
    UNIQUE (cap_sender, cap_identifier),
    CHECK (valid_from < valid_to)
);

CREATE INDEX revisions_of_warning ON warnings.revisions (warning, seq DESC);
CREATE INDEX revisions_valid ON warnings.revisions (valid_to);
