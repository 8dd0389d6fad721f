-- the feature as it is after the edit
UPDATE catalogue.edits e
SET after = (SELECT to_jsonb(p) FROM (SELECT f.fid{columns}) p), after_geom = f.geom, after_geom_3857 = f.geom_3857
FROM {table} f
WHERE e.id = @id AND f.fid = e.fid
