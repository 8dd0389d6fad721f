WITH shape AS MATERIALIZED (
    SELECT ST_GeomFromWKB(@shape::bytea, 4490) AS geom
), inside AS MATERIALIZED (
    SELECT f.fid, ST_Covers(shape.geom, f.geom) AS wholly
    FROM shape, {table} f
    WHERE f.geom && shape.geom AND ST_Intersects(shape.geom, f.geom) AND (NOT @wholly OR ST_Covers(shape.geom, f.geom))
), listed AS MATERIALIZED (
    SELECT * FROM inside ORDER BY fid LIMIT @limit
)
SELECT f.fid, ST_AsGeoJSON(f.geom, 7, 0)::json AS geometry, (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties,
       CASE WHEN @kind = 'polygon' THEN ST_Area(f.geom::geography) END AS area_m2,
       CASE WHEN @kind = 'line' THEN ST_Length(f.geom::geography) END AS length_m,
       l.wholly, NULL::float8 AS distance_m, (SELECT count(*) FROM inside) AS total
FROM listed l JOIN {table} f USING (fid)
ORDER BY f.fid
