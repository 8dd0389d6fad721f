-- pairs of divisions that touch: from the middle of each to that of the other, as longitude and latitude
SELECT a.code, b.code, degrees(ST_Azimuth(ST_Centroid(a.geom), ST_Centroid(b.geom)))
FROM {table} a
JOIN {table} b ON a.code <> b.code AND a.geom && b.geom AND ST_Intersects(a.geom, b.geom)
WHERE a.code = ANY (@codes) AND b.code = ANY (@codes)
ORDER BY a.code, b.code
