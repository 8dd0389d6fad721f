SELECT f.fid,
       ST_AsGeoJSON(f.geom, 7, 0)::json AS geometry,
       (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties
FROM {table} f
WHERE f.fid > @after
  AND (@bounds::float8[] IS NULL
       OR f.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490))
ORDER BY f.fid
LIMIT @limit
