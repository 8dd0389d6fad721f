-- what the version's row says of the features; its bounds only grow
UPDATE catalogue.versions v
SET edited = e.id, edited_at = e.at, edits = v.edits + 1,
    feature_count = v.feature_count + CASE e.operation WHEN 'create' THEN 1 WHEN 'delete' THEN -1 ELSE 0 END,
    bounds = CASE
        WHEN e.after_geom IS NULL THEN v.bounds
        ELSE ARRAY[least(v.bounds[1], ST_XMin(e.after_geom)), least(v.bounds[2], ST_YMin(e.after_geom)),
                   greatest(v.bounds[3], ST_XMax(e.after_geom)), greatest(v.bounds[4], ST_YMax(e.after_geom))]
    END
FROM catalogue.edits e
WHERE e.id = @id AND v.layer = e.layer AND v.number = e.version
