WITH shape AS MATERIALIZED (
    SELECT ST_GeomFromWKB(@shape::bytea, 4490) AS geom
), parts AS (
    SELECT d.path[1] AS number, d.geom, ST_IsValidDetail(d.geom) AS told
    FROM shape, ST_Dump(shape.geom) d
), fault AS (
    SELECT number, CASE WHEN (told).valid THEN 'No area' ELSE (told).reason END AS reason,
           ST_X(coalesce((told).location, ST_StartPoint(ST_ExteriorRing(geom)))) AS lon,
           ST_Y(coalesce((told).location, ST_StartPoint(ST_ExteriorRing(geom)))) AS lat
    FROM parts
    WHERE NOT (told).valid OR ST_Area(geom) = 0
    ORDER BY number
    LIMIT 1
), whole AS (
    -- parts that are valid by themselves may still overlap, or have a side in common
    SELECT NOT ST_IsValid(geom) AS merged, CASE WHEN ST_IsValid(geom) THEN geom ELSE ST_UnaryUnion(geom) END AS geom
    FROM shape
    WHERE NOT EXISTS (SELECT FROM fault)
)
SELECT f.reason, f.number::text, f.lon, f.lat,
       coalesce(w.merged, false),
       CASE WHEN w.merged THEN ST_AsBinary(w.geom) END,
       coalesce(ST_Area(w.geom::geography), 0)
FROM (SELECT) one
LEFT JOIN fault f ON true
LEFT JOIN whole w ON true
