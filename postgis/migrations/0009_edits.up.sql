-- Every edit of a feature of a published version: who, when, why, and the whole
-- feature before and after. Never changed, only added to; what a tile archive does
-- not hold yet are the edits with numbers beyond its own.
CREATE TABLE catalogue.edits (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- grows with time within a layer, whose edits wait for one another
    layer     text   NOT NULL,
    version   int    NOT NULL,
    fid       bigint NOT NULL,
    operation text   NOT NULL CHECK (operation IN ('create', 'replace', 'update', 'delete')),
    at        timestamptz NOT NULL,
    by        text   NOT NULL,
    reason    text   NOT NULL, -- '' where none was given
    before    jsonb, -- fid and fields as they were stored; NULL where the feature was not there
    before_geom      geometry(Geometry, 4490),
    before_geom_3857 geometry(Geometry, 3857),
    after     jsonb, -- NULL where the feature is not there any more
    after_geom       geometry(Geometry, 4490),
    after_geom_3857  geometry(Geometry, 3857),
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions -- a version that was edited is never removed
);

CREATE INDEX edits_of_version ON catalogue.edits (layer, version, id);
CREATE INDEX edits_of_feature ON catalogue.edits (layer, version, fid, id);

ALTER TABLE catalogue.versions
    ADD COLUMN edited    bigint NOT NULL DEFAULT 0, -- its last edit; 0 is none
    ADD COLUMN edited_at timestamptz,
    ADD COLUMN edits     bigint NOT NULL DEFAULT 0; -- how many

-- An archive holds a version as it was after an edit.
ALTER TABLE catalogue.archives ADD COLUMN edited bigint NOT NULL DEFAULT 0;

-- Who was given every right there was keeps every right there is.
UPDATE access.tokens SET rights = rights || ARRAY['edit']
WHERE rights @> ARRAY['read:internal', 'import', 'publish', 'administer'] AND NOT rights @> ARRAY['edit'];
