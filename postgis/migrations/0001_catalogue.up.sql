CREATE EXTENSION IF NOT EXISTS postgis;

CREATE SCHEMA catalogue;
CREATE SCHEMA features; -- one table a layer version, one view a layer
CREATE SCHEMA staging;  -- versions while they are being loaded

CREATE TABLE catalogue.themes (
    id       text PRIMARY KEY,
    name     text NOT NULL,
    name_en  text NOT NULL,
    position int  NOT NULL
);

CREATE TABLE catalogue.dictionaries (
    id      text PRIMARY KEY,
    content jsonb NOT NULL
);

CREATE TABLE catalogue.layers (
    id         text PRIMARY KEY,
    theme      text NOT NULL REFERENCES catalogue.themes,
    position   int  NOT NULL,
    definition jsonb NOT NULL,
    published  int  -- the version that the view features.<id> shows
);

CREATE TABLE catalogue.versions (
    layer         text NOT NULL REFERENCES catalogue.layers,
    number        int  NOT NULL CHECK (number > 0),
    state         text NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    definition    jsonb NOT NULL, -- as it was at the import: it says which columns the table has
    feature_count bigint NOT NULL,
    bounds        double precision[], -- west, south, east, north in EPSG:4490 degrees; NULL without features
    synthetic     boolean NOT NULL,   -- holds demonstration data
    source_file   text NOT NULL,
    source_sha256 text NOT NULL,
    source_crs    text NOT NULL,
    content_hash  text NOT NULL,
    report        jsonb NOT NULL,
    imported_at   timestamptz NOT NULL DEFAULT now(),
    imported_by   text NOT NULL,
    published_at  timestamptz,
    PRIMARY KEY (layer, number)
);

ALTER TABLE catalogue.layers
    ADD CONSTRAINT layers_published_fkey FOREIGN KEY (id, published) REFERENCES catalogue.versions (layer, number);

CREATE UNIQUE INDEX versions_one_published ON catalogue.versions (layer) WHERE state = 'published';

-- what was published when, and by whom; never changed, only added to
CREATE TABLE catalogue.publications (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer    text NOT NULL,
    version  int  NOT NULL,
    replaced int,
    action   text NOT NULL CHECK (action IN ('publish', 'rollback')),
    at       timestamptz NOT NULL DEFAULT now(),
    by       text NOT NULL,
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions (layer, number)
);
