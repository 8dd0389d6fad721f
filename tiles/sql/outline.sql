SELECT ST_AsBinary({geom}, 'NDR') FROM {table} WHERE code = @code
