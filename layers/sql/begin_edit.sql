-- the edit, with the feature as it is now
INSERT INTO catalogue.edits (layer, version, fid, operation, at, by, reason, before, before_geom, before_geom_3857)
SELECT @layer, @version, @fid, @operation, clock_timestamp(), @by, @reason,
       CASE WHEN f.fid IS NOT NULL THEN (SELECT to_jsonb(p) FROM (SELECT f.fid{columns}) p) END, f.geom, f.geom_3857
FROM (SELECT @fid::bigint AS fid) asked
LEFT JOIN {table} f ON f.fid = asked.fid
RETURNING id
