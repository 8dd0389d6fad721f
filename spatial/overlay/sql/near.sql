WITH shape AS MATERIALIZED (
    SELECT g AS geom, g::geography AS geog FROM ST_GeomFromWKB(@shape::bytea, 4490) g
), near AS MATERIALIZED (
    SELECT f.*
    FROM shape, {table} f
    -- a degree of longitude is 111.3 km at the equator and shorter elsewhere; of latitude at least 110.5 km
    WHERE f.geom && ST_Expand(shape.geom,
              @distance::float8 / (110500 * greatest(cos(radians(least(greatest(abs(ST_YMin(shape.geom)), abs(ST_YMax(shape.geom))) + 0.5, 89.9))), 0.001)),
              @distance::float8 / 110500)
      AND (cardinality(@values::text[]) = 0 OR {value} = ANY (@values::text[]))
)
SELECT f.fid, (SELECT row_to_json(p) FROM (SELECT {columns}) p), d.metres, ST_AsBinary(f.geom)
FROM near f, shape, LATERAL (SELECT CASE WHEN ST_Intersects(shape.geom, f.geom) THEN 0 ELSE ST_Distance(f.geom::geography, shape.geog) END AS metres OFFSET 0) d
WHERE d.metres <= @distance::float8
ORDER BY d.metres, f.fid
LIMIT @limit
