-- codes come in 4 to 12 digits, and end in zeros as it pleases
SELECT rtrim(code, '0') AS code, name, ST_AsBinary(geom) AS shape
FROM {table}
WHERE rtrim(code, '0') = ANY (@codes::text[])
