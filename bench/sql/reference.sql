-- The tile of parcels as PostGIS alone makes it, with the same rows, columns,
-- tolerance and names: what the service asked before it drew tiles itself.
SELECT ST_AsMVT(shape, @layer, 4096, 'geom', 'fid')
    || ST_AsMVT(label, @labels, 4096, 'geom', 'fid') FILTER (
           WHERE ST_X(f.anchor) >= @west::float8 AND ST_X(f.anchor) < @west::float8 + 4096 * @unit::float8
             AND ST_Y(f.anchor) <= @north::float8 AND ST_Y(f.anchor) > @north::float8 - 4096 * @unit::float8),
       count(*)
FROM (
    SELECT f.fid{columns},
           ST_AsMVTGeom(f.drawn, (SELECT ST_TileEnvelope(@z, @x, @y)), 4096, 64, true) AS geom,
           CASE WHEN ST_Area(f.drawn) >= @area::float8 THEN ST_PointOnSurface(f.drawn) END AS anchor
    FROM (
        SELECT f.fid{columns}, ST_Simplify(f.geom_3857, @tolerance::float8, true) AS drawn
        FROM {table} f
        WHERE f.geom_3857 && (SELECT ST_TileEnvelope(@z, @x, @y, margin => 0.015625))
        ORDER BY f.fid
        LIMIT @limit
    ) f
    OFFSET 0 -- simplify once, not at every mention
) f
CROSS JOIN LATERAL (SELECT f.fid{columns}, f.geom) shape
CROSS JOIN LATERAL (
    SELECT f.fid{columns}, ST_MakePoint(floor((ST_X(f.anchor) - @west::float8) / @unit::float8), floor((@north::float8 - ST_Y(f.anchor)) / @unit::float8)) AS geom
) label
