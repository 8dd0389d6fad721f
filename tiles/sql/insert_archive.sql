INSERT INTO catalogue.archives (layer, version, grid, fingerprint, file, bytes, metadata, levels, seconds, edited)
VALUES (@layer, @version, @grid, @fingerprint, @file, @bytes, @metadata, @levels, @seconds, @edited)
ON CONFLICT (layer, version, grid, fingerprint) DO UPDATE SET file = excluded.file, bytes = excluded.bytes, metadata = excluded.metadata, levels = excluded.levels,
    seconds = excluded.seconds, built_at = now()
