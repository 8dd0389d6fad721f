WITH page AS MATERIALIZED ( -- only the rows of the page are made into JSON
    SELECT f.* FROM {table} f
    WHERE {conditions}
      AND (@bounds::float8[] IS NULL
           OR f.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490))
    ORDER BY {order}f.fid
    OFFSET @offset LIMIT @limit
)
SELECT f.fid,
       (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties,
       CASE WHEN f.geom IS NOT NULL THEN ARRAY[ST_XMin(f.geom), ST_YMin(f.geom), ST_XMax(f.geom), ST_YMax(f.geom)] END AS bounds,
       CASE WHEN @shapes::boolean THEN ST_AsGeoJSON(f.geom, 7, 0)::json END AS geometry
FROM page f
ORDER BY {order}f.fid
