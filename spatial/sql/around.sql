WITH here AS MATERIALIZED (
    SELECT p AS point, p::geography AS geog FROM ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490) p
), near AS MATERIALIZED (
    SELECT f.fid, f.geom, CASE WHEN ST_Intersects(f.geom, here.point) THEN 0 ELSE ST_Distance(f.geom::geography, here.geog) END AS metres
    FROM here, {table} f
    -- a degree of longitude is 111.3 km at the equator and shorter elsewhere; of latitude at least 110.5 km
    WHERE f.geom && ST_Expand(here.point, @metres::float8 / (110500 * greatest(cos(radians(least(abs(@lat::float8) + @metres::float8 / 110500, 89.9))), 0.001)), @metres::float8 / 110500)
), inside AS MATERIALIZED (
    SELECT fid, metres FROM near WHERE metres <= @metres::float8
), listed AS MATERIALIZED (
    SELECT * FROM inside ORDER BY metres, fid LIMIT @limit
)
SELECT f.fid, ST_AsGeoJSON(f.geom, 7, 0)::json AS geometry, (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties,
       CASE WHEN @kind = 'polygon' THEN ST_Area(f.geom::geography) END AS area_m2,
       CASE WHEN @kind = 'line' THEN ST_Length(f.geom::geography) END AS length_m,
       -- all of it is within when its farthest corner is
       (SELECT max(ST_Distance(d.geom::geography, here.geog)) <= @metres::float8 FROM ST_DumpPoints(f.geom) d) AS wholly,
       l.metres AS distance_m, (SELECT count(*) FROM inside) AS total
FROM here, listed l JOIN {table} f USING (fid)
ORDER BY l.metres, f.fid
