SELECT ST_AsGeoJSON(ST_Multi(b.geom), 7, 0)::json AS geometry, ST_Area(b.geom::geography) AS area_m2
FROM (SELECT ST_Buffer(ST_GeomFromWKB(@shape::bytea, 4490)::geography, @metres, 'quad_segs=16')::geometry AS geom) b
