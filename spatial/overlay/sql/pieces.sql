-- {value} is the field that says which features count, or NULL for all; {columns} are what pieces carry.
WITH shape AS MATERIALIZED (
    SELECT ST_GeomFromWKB(@shape::bytea, 4490) AS geom
), near AS MATERIALIZED (
    SELECT f.fid, f.geom, (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties,
           ST_Covers(shape.geom, f.geom) AS whole
    FROM shape, {table} f
    WHERE f.geom && shape.geom
      AND ST_Intersects(shape.geom, f.geom)
      AND (cardinality(@values::text[]) = 0 OR {value} = ANY (@values::text[]))
    LIMIT @limit
), pieces AS MATERIALIZED (
    -- extracting drops what only touches: a border in common, a corner
    SELECT n.fid, n.properties, n.whole,
           CASE WHEN n.whole THEN n.geom ELSE ST_CollectionExtract(ST_Intersection(n.geom, shape.geom), @dimension::int) END AS geom
    FROM near n, shape
)
SELECT fid, properties, whole,
       CASE WHEN @dimension = 2 THEN ST_Length(geom::geography) ELSE 0 END,
       ST_AsBinary(geom)
FROM pieces
WHERE NOT ST_IsEmpty(geom)
