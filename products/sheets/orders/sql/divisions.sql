-- the order of codes is that of the sheets
SELECT f.code, f.name, ST_AsBinary(CASE WHEN @tolerance::float8 > 0 THEN ST_SimplifyPreserveTopology(f.geom, @tolerance) ELSE f.geom END)
FROM {table} f
WHERE f.code LIKE @below AND f.geom IS NOT NULL
ORDER BY f.code, f.fid
LIMIT @limit
