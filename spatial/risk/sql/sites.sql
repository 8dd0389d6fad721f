SELECT h.fid, concat_ws('/', {key}) AS key, coalesce({label}::text, '') AS title, {zone_rank} AS rank
FROM {table} h, (SELECT ST_GeomFromWKB(@area, 4490) AS geom) a
WHERE h.geom && a.geom AND ST_Intersects(h.geom, a.geom)
  AND (@codes::text[] IS NULL OR {field}::text = ANY (@codes::text[]))
ORDER BY rank DESC, h.fid
LIMIT @limit
