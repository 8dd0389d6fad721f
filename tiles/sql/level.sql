-- The features of one tile of a level, whose shapes are in units of the zoom's
-- tiles; drawn by method {method}.
SELECT f.fid, ST_AsBinary(f.geom, 'NDR'){columns}
FROM {table} f
WHERE f.geom && ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)
ORDER BY f.fid -- the same rows must give the same bytes
LIMIT @limit
