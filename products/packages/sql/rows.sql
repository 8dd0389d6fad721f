-- The features of a layer that a package takes, in the order of their numbers, so
-- that the same version gives the same bytes. With an area those of which more than
-- a border lies inside, and where it is cut, their pieces of the layer's own kind.
WITH area AS MATERIALIZED (SELECT {area} AS geom)
SELECT f.fid, ST_AsBinary(ST_Multi(ST_Transform(f.geom, @srid::int)), 'NDR') AS geom{columns}
FROM (
    SELECT f.fid{names},
           CASE WHEN @clip::boolean AND NOT ST_CoveredBy(f.geom, a.geom)
                THEN ST_CollectionExtract(ST_Intersection(f.geom, a.geom), @dimension::int)
                ELSE f.geom END AS geom
    FROM {table} f, area a
    WHERE (@bounds::float8[] IS NULL
           OR f.geom && ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490)
              AND ST_Intersects(f.geom, ST_MakeEnvelope((@bounds::float8[])[1], (@bounds::float8[])[2], (@bounds::float8[])[3], (@bounds::float8[])[4], 4490)))
      AND (a.geom IS NULL
           OR f.geom && a.geom AND ST_Intersects(a.geom, f.geom) AND (ST_Contains(a.geom, f.geom) OR NOT ST_Touches(f.geom, a.geom)))
) f
WHERE NOT ST_IsEmpty(f.geom)
ORDER BY f.fid
