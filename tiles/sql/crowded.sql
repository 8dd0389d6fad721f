-- A tile of the most important features alone, and how many there are in its box.
SELECT tile.*, (SELECT count(*) FROM {table} f WHERE f.{geom} && ST_TileEnvelope(@z, @x, @y, margin => 0.015625{square}))
FROM ({build}) tile
