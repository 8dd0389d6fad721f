-- As level.sql, with a second layer of one label point for each polygon that is large enough.
SELECT ST_AsMVT(shape, @layer, 4096, 'geom', 'fid')
    || ST_AsMVT(label, @labels, 4096, 'geom', 'fid') FILTER (
           WHERE ST_X(label.geom) >= 0 AND ST_X(label.geom) < 4096 AND ST_Y(label.geom) >= 0 AND ST_Y(label.geom) < 4096),
       count(*)
FROM (
    SELECT f.fid{columns},
           CASE WHEN {whole}f.geom @ ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)
                THEN ST_Translate(f.geom, -@x * 4096, -@y * 4096)
                ELSE ST_AsMVTGeom(ST_Scale(f.geom, 1, -1), ST_MakeEnvelope(@x * 4096, -(@y + 1) * 4096, (@x + 1) * 4096, -@y * 4096), 4096, 64, true)
           END AS geom,
           -- of the whole feature, so that all tiles of a zoom find the same point
           CASE WHEN ST_Area(f.geom) >= @area THEN ST_PointOnSurface(f.geom) END AS anchor
    FROM {table} f
    WHERE f.geom && ST_MakeEnvelope(@x * 4096 - 64, @y * 4096 - 64, @x * 4096 + 4160, @y * 4096 + 4160)
    ORDER BY f.fid
    LIMIT @limit
    OFFSET 0 -- cut once, not at every mention
) f
CROSS JOIN LATERAL (SELECT f.fid{again}, f.geom) shape
CROSS JOIN LATERAL (
    SELECT f.fid{again}, ST_MakePoint(floor(ST_X(f.anchor)) - @x * 4096, floor(ST_Y(f.anchor)) - @y * 4096) AS geom
) label
