WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490) AS point
), near AS (
    SELECT f.* FROM {table} f, here ORDER BY f.geom <-> here.point LIMIT 32 -- in degrees, so some more than one
)
SELECT n.fid, coalesce(n.seg_code, '') AS code, coalesce(n.seg_name, '') AS name, coalesce(n.river, '') AS river, coalesce(n.tier, '') AS tier, coalesce(n.town, '') AS town,
       ST_Distance(n.geom::geography, here.point::geography) AS distance_metres,
       ST_X(c.foot) AS foot_lon, ST_Y(c.foot) AS foot_lat
FROM near n, here, LATERAL (SELECT ST_ClosestPoint(n.geom, here.point) AS foot) c
ORDER BY distance_metres, n.tier DESC, n.fid -- where several tiers are at the place, the one nearest to the people
LIMIT 1
