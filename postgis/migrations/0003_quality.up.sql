-- how good each version is, and whether that keeps it from being published
CREATE TABLE catalogue.quality (
    layer        text NOT NULL,
    version      int  NOT NULL,
    errors       bigint NOT NULL, -- places where a rule of level error found fault with the version as a whole
    warnings     bigint NOT NULL,
    notes        bigint NOT NULL,
    completeness double precision, -- scores are 0 to 100; NULL was not measured
    validity     double precision,
    consistency  double precision,
    timeliness   double precision,
    trust        double precision,
    area_m2      double precision, -- of all features, on the ellipsoid; NULL where they have none
    PRIMARY KEY (layer, version),
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions (layer, number) ON DELETE CASCADE
);

-- the city's outline as it is known before a version of the city's division is published
CREATE TABLE catalogue.outline (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    geom geometry(Polygon, 4490) NOT NULL
);

CREATE SCHEMA quarantine; -- rows that no version took

CREATE TABLE quarantine.deliveries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer      text NOT NULL,
    version    int,            -- the version that the others of its rows became
    source_crs text NOT NULL,  -- of the rows' geometry, as "EPSG:4525"
    fields     jsonb NOT NULL, -- which field of the layer is filled from which attribute
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions (layer, number) ON DELETE CASCADE
);

CREATE INDEX ON quarantine.deliveries (layer, version);

CREATE TABLE quarantine.rows (
    delivery    bigint NOT NULL REFERENCES quarantine.deliveries ON DELETE CASCADE,
    row         bigint NOT NULL, -- from 1, in the file's order
    rule        text NOT NULL,
    field       text NOT NULL,   -- of the layer; '' is the geometry
    value       text NOT NULL,
    reason      text NOT NULL,   -- Chinese
    reason_en   text NOT NULL,
    attributes  jsonb NOT NULL,  -- as decoded, by the file's names
    geometry    bytea,           -- WKB in source_crs, as it was; NULL without geometry
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'corrected', 'discarded', 'accepted')),
    accepted_in int,             -- the version that took it in the end
    changed_at  timestamptz,
    changed_by  text,
    PRIMARY KEY (delivery, row)
);
