WITH met AS MATERIALIZED (
    SELECT {value} AS value
    FROM {table} f
    WHERE {conditions}
      AND (@bounds::float8[] IS NULL
           OR f.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490))
), grouped AS (
    SELECT value::text AS value, count(*) AS count FROM met WHERE value IS NOT NULL GROUP BY 1
)
SELECT (SELECT count(*) FROM met) AS count,
       (SELECT count(*) FROM met WHERE value IS NULL) AS empty,
       (SELECT count(*) FROM grouped) AS distinct,
       (SELECT min(value)::text FROM met) AS least,
       (SELECT max(value)::text FROM met) AS most,
       {sums}
       coalesce((SELECT json_agg(json_build_object('value', g.value, 'count', g.count) ORDER BY g.count DESC, g.value)
                 FROM (SELECT * FROM grouped ORDER BY count DESC, value LIMIT @values) g), '[]'::json) AS values
