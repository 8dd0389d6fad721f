-- What of each feature lies in which division, measured once for a state of a
-- version and of the divisions, so that summaries add up rows instead of cutting
-- shapes.
CREATE TABLE catalogue.division_share_sets (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer    text   NOT NULL,
    version  int    NOT NULL,
    edit     bigint NOT NULL, -- the last edit of the version that the set shows
    division_layer   text   NOT NULL,
    division_version int    NOT NULL,
    division_edit    bigint NOT NULL,
    shares   bigint NOT NULL DEFAULT 0, -- rows of the set
    used_on  date   NOT NULL DEFAULT current_date, -- the longest unused go first
    UNIQUE (layer, version, edit, division_layer, division_version, division_edit),
    FOREIGN KEY (layer, version) REFERENCES catalogue.versions ON DELETE CASCADE,
    FOREIGN KEY (division_layer, division_version) REFERENCES catalogue.versions ON DELETE CASCADE
);

CREATE TABLE catalogue.division_shares (
    set_id   bigint  NOT NULL REFERENCES catalogue.division_share_sets ON DELETE CASCADE,
    division text    NOT NULL, -- code
    fid      bigint  NOT NULL,
    counts   boolean NOT NULL, -- the feature counts in this division: its middle lies there
    measure  double precision  -- m² of polygons, metres of lines, on the ellipsoid; NULL of points
);

CREATE INDEX division_shares_of_set ON catalogue.division_shares (set_id, division);
