SELECT ST_AsMVT(t, @layer, 4096, 'geom', 'fid'), count(*)
FROM (
    -- The shapes are in units of the zoom's tiles already, valid and without gaps:
    -- only those that reach out of the tile need to be cut.
    SELECT f.fid{columns},
           CASE WHEN {whole}f.geom @ ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)
                THEN ST_Translate(f.geom, -@x * 4096, -@y * 4096)
                ELSE ST_AsMVTGeom(ST_Scale(f.geom, 1, -1), ST_MakeEnvelope(@x * 4096, -(@y + 1) * 4096, (@x + 1) * 4096, -@y * 4096), 4096, 64, true)
           END AS geom
    FROM {table} f
    WHERE f.geom && ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)
    ORDER BY f.fid -- the same rows must give the same bytes
    LIMIT @limit
) t
