-- Looks of layers that people edited. Versions are only added: going back adds a
-- copy of an older one.
CREATE SCHEMA styles;

CREATE TABLE styles.versions (
    layer    text NOT NULL, -- kept when the layer is no longer defined
    number   int  NOT NULL CHECK (number > 0),
    fragment json, -- NULL: what the layer comes with
    note     text NOT NULL,
    restored int CHECK (restored >= 0), -- the version that it is a copy of
    made_by  text NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (layer, number)
);
