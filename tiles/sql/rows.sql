-- The features of one tile; tiles/draw makes the tile of them, by its method {method}.
SELECT f.fid, ST_AsBinary(f.{geom}, 'NDR'){columns}
FROM {table} f
-- 64/4096 of a tile: what the buffer can show, and no more. As a value that the
-- planner cannot know, so that it plans once and not for every tile.
WHERE f.{geom} && (SELECT ST_TileEnvelope(@z, @x, @y, margin => 0.015625{square}))
ORDER BY f.fid -- the same rows must give the same bytes: they are cached and hashed
LIMIT @limit
