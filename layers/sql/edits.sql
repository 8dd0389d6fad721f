SELECT id, layer, version, fid, operation, at, by, reason,
       CASE WHEN before IS NOT NULL THEN jsonb_build_object('type', 'Feature', 'id', fid, 'geometry', ST_AsGeoJSON(before_geom, 9, 0)::jsonb, 'properties', before - 'fid') END AS before,
       CASE WHEN after IS NOT NULL THEN jsonb_build_object('type', 'Feature', 'id', fid, 'geometry', ST_AsGeoJSON(after_geom, 9, 0)::jsonb, 'properties', after - 'fid') END AS after
FROM catalogue.edits
WHERE layer = @layer
  AND (@after::bigint = 0 OR id < @after)
  AND (@fid::bigint = 0 OR fid = @fid)
  AND (@version::int = 0 OR version = @version)
ORDER BY id DESC
LIMIT @limit
