INSERT INTO catalogue.outline (geom)
VALUES (ST_MakePolygon(ST_SetSRID(ST_GeomFromText(@line), 4490)))
ON CONFLICT (single) DO UPDATE SET geom = excluded.geom
