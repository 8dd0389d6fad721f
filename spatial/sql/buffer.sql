WITH shape AS MATERIALIZED (
    SELECT ST_GeomFromWKB(@shape::bytea, 4490) AS geom
), fault AS MATERIALIZED (
    -- of a polygon that crosses itself nobody knows what is inside, and its crossings may take for ever
    SELECT CASE WHEN ST_Dimension(geom) = 2 AND NOT ST_IsValid(geom) THEN ST_IsValidReason(geom) END AS reason
    FROM shape
), buffer AS MATERIALIZED (
    SELECT ST_Buffer(geom::geography, @metres, 'quad_segs=16')::geometry AS geom
    FROM shape, fault
    WHERE reason IS NULL
)
SELECT ST_AsGeoJSON(ST_Multi(b.geom), 7, 0)::json AS geometry, coalesce(ST_Area(b.geom::geography), 0) AS area_m2, f.reason AS fault
FROM fault f
LEFT JOIN buffer b ON true
