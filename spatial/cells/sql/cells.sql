SELECT f.code::text AS code, {columns}, ST_AsBinary(f.geom, 'NDR') AS shape
FROM {table} f
