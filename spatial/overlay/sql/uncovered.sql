SELECT ST_AsBinary(ST_CollectionExtract(ST_Difference(ST_GeomFromWKB(@shape::bytea, 4490), ST_Union(ST_GeomFromWKB(piece, 4490))), 3))
FROM unnest(@pieces::bytea[]) piece
