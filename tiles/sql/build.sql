SELECT ST_AsMVT(t, @layer, 4096, 'geom', 'fid'), count(*)
FROM (
    SELECT f.fid{columns},
           ST_AsMVTGeom(ST_Simplify(f.{geom}, @tolerance, true), (SELECT ST_TileEnvelope(@z, @x, @y{square})), 4096, 64, true) AS geom
    FROM {table} f
    -- 64/4096 of a tile: what the buffer can show, and no more. As a value that the
    -- planner cannot know, so that it plans once and not for every tile.
    WHERE f.{geom} && (SELECT ST_TileEnvelope(@z, @x, @y, margin => 0.015625{square}))
    ORDER BY f.fid -- the same rows must give the same bytes: they are cached and hashed
    LIMIT @limit
) t
