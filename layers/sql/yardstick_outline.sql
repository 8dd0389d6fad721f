SELECT ST_AsBinary(ST_Multi(geom)) FROM catalogue.outline
