-- pair by pair, for layers whose features hardly ever touch
SELECT ST_X(c.inside), ST_Y(c.inside), c.m2, ARRAY[a.fid, b.fid]
FROM {table} a
JOIN {table} b ON a.fid < b.fid AND ST_Intersects(a.geom, b.geom) AND ST_Relate(a.geom, b.geom, '2********'),
     LATERAL (SELECT ST_CollectionExtract(ST_Intersection(a.geom, b.geom), 3) AS shared) s,
     LATERAL (SELECT ST_PointOnSurface(s.shared) AS inside, ST_Area(s.shared::geography) AS m2, ST_Perimeter(s.shared::geography) AS m) c
WHERE c.m2 >= @minimum
  AND 2 * c.m2 >= @tolerance * c.m
