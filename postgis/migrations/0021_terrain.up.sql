-- Elevation models: what is known of each, and the file of its tiles in the folder of models.
CREATE TABLE catalogue.terrain (
    id           text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_]{0,39}$'),
    title        text NOT NULL CHECK (title <> '' AND length(title) <= 200),
    source       text NOT NULL CHECK (length(source) <= 500),
    date         text CHECK (date ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    synthetic    boolean NOT NULL,
    file         text NOT NULL,
    bytes        bigint NOT NULL,
    bounds       double precision[] NOT NULL CHECK (cardinality(bounds) = 4), -- west, south, east, north, degrees
    resolution_m double precision NOT NULL CHECK (resolution_m > 0),
    step_m       double precision NOT NULL CHECK (step_m > 0),
    min_zoom     integer NOT NULL,
    max_zoom     integer NOT NULL,
    tiles        integer NOT NULL,
    lowest_m     double precision NOT NULL,
    highest_m    double precision NOT NULL,
    loaded_by    text NOT NULL,
    loaded_at    timestamptz NOT NULL DEFAULT now()
);
