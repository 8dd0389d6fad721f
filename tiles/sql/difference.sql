-- What came, went and changed in one tile; what went is drawn where it was.
SELECT d.n::int8, ST_AsBinary(f.geom_3857, 'NDR'), d.kind, d.key, d.geometry, array_to_string(d.fields, ',')
FROM (
    SELECT d.n, a.geom_3857
    FROM {table} a JOIN {difference} d ON d.fid = a.fid
    WHERE a.geom_3857 && ST_TileEnvelope(@z, @x, @y, margin => 0.015625)
    UNION ALL
    SELECT d.n, b.geom_3857
    FROM {base} b JOIN {difference} d ON d.base_fid = b.fid AND d.fid IS NULL
    WHERE b.geom_3857 && ST_TileEnvelope(@z, @x, @y, margin => 0.015625)
) f
JOIN {difference} d USING (n)
ORDER BY d.n -- the same rows must give the same bytes
LIMIT @limit
