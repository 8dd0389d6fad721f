SELECT ST_AsBinary(f.geom) FROM {table} f WHERE concat_ws('/', {key}) = @key ORDER BY f.fid LIMIT 1
