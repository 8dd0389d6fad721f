SELECT count(*)
FROM {table} f
WHERE {conditions}
  AND (@bounds::float8[] IS NULL
       OR f.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490))
