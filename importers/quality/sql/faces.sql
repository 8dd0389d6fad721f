-- the unmatched edges, cut where they cross, bound faces; a face that one row
-- covers is as it should be
WITH cut AS (
    SELECT ST_UnaryUnion(ST_Collect(line)) AS lines FROM pg_temp.quality_edges
), faces AS (
    SELECT d.geom AS face FROM cut, LATERAL (SELECT (ST_Dump(ST_Polygonize(cut.lines))).geom) d
), measured AS MATERIALIZED (
    SELECT face, ST_PointOnSurface(face) AS inside, ST_Area(face::geography) AS m2, ST_Perimeter(face::geography) AS m
    FROM faces
)
SELECT ST_X(f.inside), ST_Y(f.inside), f.m2, c.rows
FROM measured f,
     LATERAL (SELECT coalesce(array_agg(t.fid ORDER BY t.fid), '{}') AS rows
              FROM {table} t WHERE ST_Intersects(t.geom, f.inside)) c
WHERE f.m2 >= @minimum
  AND 2 * f.m2 >= @tolerance * f.m -- thinner ones are what is left of rounding
  AND cardinality(c.rows) <> 1
