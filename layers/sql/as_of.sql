(
    -- a version's features as they were after an edit: those that no later edit has
    -- changed, and the others as the first later one found them
    SELECT f.fid{columns}, f.geom, f.geom_3857
    FROM {table} f
    WHERE NOT EXISTS (SELECT FROM catalogue.edits e WHERE e.layer = {layer} AND e.version = {version} AND e.fid = f.fid AND e.id > {until})
    UNION ALL
    SELECT e.fid{before_columns}, e.before_geom, e.before_geom_3857
    FROM (
        SELECT DISTINCT ON (e.fid) e.fid, e.before, e.before_geom, e.before_geom_3857
        FROM catalogue.edits e
        WHERE e.layer = {layer} AND e.version = {version} AND e.id > {until}
        ORDER BY e.fid, e.id
    ) e, LATERAL jsonb_populate_record(NULL::{table}, e.before) r
    WHERE e.before IS NOT NULL
)
