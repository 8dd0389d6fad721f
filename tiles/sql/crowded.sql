-- The most important features of a tile alone, and with each how many there are in its box.
SELECT tile.*, (SELECT count(*) FROM {table} f WHERE f.{geom} && ST_TileEnvelope(@z, @x, @y, margin => 0.015625{square}))
FROM ({build}) tile
ORDER BY tile.fid
