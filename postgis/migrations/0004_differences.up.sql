-- A version is a draft while a rule of level error objects to it, checked when
-- none does. Versions from before the rules were taken as they are.
ALTER TABLE catalogue.versions DROP CONSTRAINT versions_state_check;
UPDATE catalogue.versions SET state = 'checked' WHERE state = 'draft';
ALTER TABLE catalogue.versions
    ADD CONSTRAINT versions_state_check CHECK (state IN ('draft', 'checked', 'published', 'retired'));

ALTER TABLE catalogue.publications ADD COLUMN unchecked boolean NOT NULL DEFAULT false; -- published against the rules, on purpose
CREATE INDEX publications_by_time ON catalogue.publications (layer, at, id);

CREATE SCHEMA differences; -- one table a version: the rows in which it differs from its base

CREATE TABLE catalogue.differences (
    layer            text   NOT NULL,
    version          int    NOT NULL,
    base             int    NOT NULL, -- the version that it is compared with
    added            bigint NOT NULL,
    removed          bigint NOT NULL,
    changed          bigint NOT NULL, -- in geometry, in fields or in both
    changed_geometry bigint NOT NULL,
    changed_fields   bigint NOT NULL,
    unchanged        bigint NOT NULL,
    fields           jsonb  NOT NULL, -- field: number of rows in which it changed
    computed_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (layer, version),
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions (layer, number),
    FOREIGN KEY (layer, base) REFERENCES catalogue.versions (layer, number)
);
