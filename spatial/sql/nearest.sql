WITH here AS MATERIALIZED (
    SELECT p AS point, p::geography AS geog, greatest(cos(radians(@lat::float8)), 0.001) AS narrow
    FROM ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490) p
), first AS MATERIALIZED (
    -- nearest by degrees: not yet the nearest, but none of the nearest is farther than the farthest of these
    SELECT f.geom
    FROM {table} f
    ORDER BY f.geom <-> ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490)
    LIMIT @count
), reach AS MATERIALIZED (
    SELECT least(max(ST_Distance(first.geom::geography, here.geog)), @most::float8) AS metres FROM first, here
), near AS MATERIALIZED (
    SELECT f.fid, f.geom, CASE WHEN ST_Intersects(f.geom, here.point) THEN 0 ELSE ST_Distance(f.geom::geography, here.geog) END AS metres
    FROM here, reach, {table} f
    -- a degree of longitude is 111.3 km at the equator and shorter elsewhere; of latitude at least 110.5 km
    WHERE f.geom && ST_Expand(here.point, reach.metres / (110500 * greatest(cos(radians(least(abs(@lat::float8) + reach.metres / 110500, 89.9))), 0.001)) + 1e-9,
                                          reach.metres / 110500 + 1e-9)
), chosen AS MATERIALIZED (
    SELECT * FROM near WHERE metres <= @most::float8 ORDER BY metres, fid LIMIT @count
)
SELECT f.fid, ST_AsGeoJSON(f.geom, 7, 0)::json AS geometry, (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties,
       c.metres AS distance_m,
       CASE WHEN c.metres > 0 THEN degrees(ST_Azimuth(here.geog, at.point::geography)) END AS bearing,
       ST_X(at.point) AS lon, ST_Y(at.point) AS lat
FROM here, chosen c JOIN {table} f USING (fid),
     -- the nearest point where degrees of longitude are as long as those of latitude
     LATERAL (SELECT CASE WHEN c.metres = 0 THEN here.point
                          ELSE ST_Scale(ST_ClosestPoint(ST_Scale(f.geom, here.narrow, 1), ST_Scale(here.point, here.narrow, 1)), 1 / here.narrow, 1) END AS point) at
ORDER BY c.metres, f.fid
