SELECT ST_AsBinary(geom_3857, 'NDR') FROM {table} WHERE code = @code
