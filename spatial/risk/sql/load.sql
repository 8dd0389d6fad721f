SELECT f.fid,
       concat_ws('/', {key}) AS key,
       coalesce({label}::text, '') AS label,
       coalesce({grade}::text, '') AS grade,
       {settled} IS NOT NULL AS settled,
       (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS attributes,
       ST_AsBinary(f.geom) AS shape
FROM {table} f
WHERE (@bounds::float8[] IS NULL
       OR f.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490))
  AND (@codes::text[] IS NULL OR {grade}::text = ANY (@codes::text[]))
ORDER BY f.fid
