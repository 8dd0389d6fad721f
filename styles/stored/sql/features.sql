-- The features of a version, or of a level of it, in a box. What reaches far over
-- the box is cut there, unless its whole shape counts.
SELECT f.fid, {shape}{columns}
FROM {table} f
WHERE f.{geom} && ST_MakeEnvelope(@west, @south, @east, @north, {srid})
ORDER BY f.fid -- which label has its place first depends on it
