WITH shape AS MATERIALIZED (
    SELECT ST_GeomFromWKB(@shape::bytea, 4490) AS geom
), cut AS MATERIALIZED (
    SELECT a.fid, {value_a} AS value,
           CASE WHEN ST_Covers(shape.geom, a.geom) THEN a.geom ELSE ST_CollectionExtract(ST_Intersection(a.geom, shape.geom), 3) END AS geom
    FROM shape, {a} a
    WHERE a.geom && shape.geom AND ST_Intersects(shape.geom, a.geom)
), pairs AS (
    SELECT cut.fid, cut.value, b.fid AS other_fid, {value_b} AS other,
           CASE WHEN ST_Covers(b.geom, cut.geom) THEN cut.geom ELSE ST_CollectionExtract(ST_Intersection(cut.geom, b.geom), 3) END AS geom
    FROM cut, {b} b
    WHERE b.geom && cut.geom AND ST_Intersects(b.geom, cut.geom)
)
SELECT value, other, ST_AsBinary(geom)
FROM pairs
WHERE NOT ST_IsEmpty(geom)
LIMIT @limit
