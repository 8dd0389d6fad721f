INSERT INTO catalogue.archives (layer, version, fingerprint, file, bytes, metadata, seconds)
VALUES (@layer, @version, @fingerprint, @file, @bytes, @metadata, @seconds)
ON CONFLICT (layer, version, fingerprint) DO UPDATE SET file = excluded.file, bytes = excluded.bytes, metadata = excluded.metadata,
    seconds = excluded.seconds, built_at = now()
