SELECT d.n, d.kind, d.key, d.fid, d.base_fid, d.geometry AS geometry_changed, d.fields,
       ST_AsGeoJSON(coalesce(f.geom, b.geom), 7, 0)::json AS geometry,
       CASE WHEN f.fid IS NOT NULL THEN (SELECT row_to_json(p) FROM (SELECT {columns}) p) END AS properties,
       CASE WHEN b.fid IS NOT NULL THEN (SELECT row_to_json(p) FROM (SELECT {base_columns}) p) END AS base_properties
FROM {difference} d
LEFT JOIN {table} f ON f.fid = d.fid
LEFT JOIN {base} b ON b.fid = d.base_fid
WHERE d.n > @after
  AND (@kind::text = '' OR d.kind = @kind)
  AND (@bounds::float8[] IS NULL
       OR d.fid IN (SELECT i.fid FROM {table} i
                    WHERE i.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490))
       OR d.base_fid IN (SELECT i.fid FROM {base} i
                         WHERE i.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490)))
ORDER BY d.n
LIMIT @limit
