-- As build.sql, with a second layer of one label point for each polygon that is large enough.
SELECT ST_AsMVT(shape, @layer, 4096, 'geom', 'fid')
    || ST_AsMVT(label, @labels, 4096, 'geom', 'fid') FILTER (
           -- the west and the north edge belong to a tile, so that a point is in one tile alone
           WHERE ST_X(f.anchor) >= @west AND ST_X(f.anchor) < @west + 4096 * @unit
             AND ST_Y(f.anchor) <= @north AND ST_Y(f.anchor) > @north - 4096 * @unit),
       count(*)
FROM (
    SELECT f.fid{again},
           ST_AsMVTGeom(f.drawn, (SELECT ST_TileEnvelope(@z, @x, @y{square})), 4096, 64, true) AS geom,
           -- of the whole feature, so that all tiles of a zoom find the same point
           CASE WHEN ST_Area(f.drawn) >= @area THEN ST_PointOnSurface(f.drawn) END AS anchor
    FROM (
        SELECT f.fid{columns}, ST_Simplify(f.{geom}, @tolerance, true) AS drawn
        FROM {table} f
        WHERE f.{geom} && (SELECT ST_TileEnvelope(@z, @x, @y, margin => 0.015625{square}))
        ORDER BY f.fid
        LIMIT @limit
    ) f
    OFFSET 0 -- simplify once, not at every mention
) f
CROSS JOIN LATERAL (SELECT f.fid{again}, f.geom) shape
CROSS JOIN LATERAL (
    SELECT f.fid{again}, ST_MakePoint(floor((ST_X(f.anchor) - @west) / @unit), floor((@north - ST_Y(f.anchor)) / @unit)) AS geom
) label
