WITH cell AS (
    SELECT fid, geom, ST_Area(geom::geography) AS area_m2 FROM {table} WHERE code = @code ORDER BY fid LIMIT 1
)
SELECT c.area_m2,
       coalesce((
           SELECT json_agg(json_build_object('code', n.code, 'name', n.name, 'shared_m', n.shared_m) ORDER BY n.code)
           FROM (
               SELECT f.code, f.name,
                      round(ST_Length(ST_CollectionExtract(ST_Intersection(f.geom, c.geom), 2)::geography)::numeric, 3) AS shared_m
               FROM {table} f
               WHERE f.geom && c.geom AND ST_Intersects(f.geom, c.geom) AND f.fid <> c.fid
           ) n
       ), '[]') AS neighbours
FROM cell c
