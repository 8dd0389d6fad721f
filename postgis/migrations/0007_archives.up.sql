-- Tile archives that were built ahead. The file lies in the folder of archives,
-- which every server on the database shares; the row says that it is whole.
CREATE TABLE catalogue.archives (
    layer       text NOT NULL,
    version     int NOT NULL,
    grid        text NOT NULL, -- whose levels the archive's zooms are: WebMercatorQuad, or c for longitude and latitude
    fingerprint text NOT NULL, -- of the features and of all that decides how they are drawn
    file        text NOT NULL, -- another way of drawing may make the same bytes, and so the same file
    bytes       bigint NOT NULL,
    metadata    jsonb NOT NULL, -- as the archive has it
    seconds     double precision NOT NULL, -- the build took
    built_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (layer, version, grid, fingerprint),
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions ON DELETE CASCADE
);

-- River's tables for the jobs that build archives: apart from those of imports,
-- because a build that was cut off is begun again by other rules.
CREATE SCHEMA tile_jobs;
