SELECT ST_AsBinary(geom, 'NDR') FROM {table} WHERE fid = @fid
