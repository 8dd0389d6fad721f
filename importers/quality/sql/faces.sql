-- the unmatched edges, cut where they cross, bound faces; a face that one row
-- covers is as it should be
WITH cut AS (
    SELECT ST_UnaryUnion(ST_Collect(line)) AS lines FROM pg_temp.quality_edges
), polygons AS (
    SELECT ST_Polygonize(lines) AS all_faces FROM cut
), faces AS (
    SELECT (ST_Dump(all_faces)).geom AS face FROM polygons
), measured AS MATERIALIZED (
    SELECT face, ST_PointOnSurface(face) AS inside, ST_Area(face::geography) AS m2, ST_Perimeter(face::geography) AS m
    FROM faces
), counted AS (
    SELECT f.*, (SELECT count(*) FROM {table} t WHERE ST_Intersects(t.geom, f.inside)) AS rows
    FROM measured f
    WHERE f.m2 >= @minimum
      AND 2 * f.m2 >= @tolerance * f.m -- thinner ones are what is left of rounding
)
SELECT ST_X(inside), ST_Y(inside), m2,
       CASE WHEN rows = 0 THEN '{}' ELSE ( -- a face may lie across several of them
           SELECT coalesce(array_agg(t.fid ORDER BY t.fid), '{}')
           FROM {table} t WHERE ST_Intersects(t.geom, face) AND ST_Relate(t.geom, face, '2********')) END
FROM counted
WHERE rows <> 1
