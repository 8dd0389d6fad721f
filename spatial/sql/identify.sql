WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490) AS point
), near AS MATERIALIZED (
    SELECT f.*
    FROM {table} f, here
    -- a degree of longitude is 111.3 km at the equator and shorter elsewhere; of latitude at least 110.5 km
    WHERE f.geom && ST_Expand(here.point,
        @tolerance::float8 / (110500 * greatest(cos(radians(least(abs(@lat::float8) + 0.1, 89.9))), 0.001)),
        @tolerance::float8 / 110500)
)
SELECT f.fid,
       ST_AsGeoJSON(f.geom, 7, 0)::json AS geometry,
       (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties,
       d.distance_metres,
       CASE WHEN @kind = 'polygon' THEN ST_Area(f.geom::geography) END AS area_m2,
       CASE WHEN @kind = 'line' THEN ST_Length(f.geom::geography) END AS length_metres
FROM near f, here,
     LATERAL (SELECT CASE WHEN @kind = 'polygon'
                          THEN CASE WHEN ST_Intersects(f.geom, here.point) THEN 0 END
                          ELSE ST_Distance(f.geom::geography, here.point::geography) END AS distance_metres) d
WHERE d.distance_metres <= @tolerance::float8
ORDER BY d.distance_metres, f.fid
LIMIT @limit
