SELECT ST_AsBinary(f.geom) FROM {table} f WHERE f.code = @code LIMIT 1
