SELECT layer, version, fingerprint, file, bytes, metadata, seconds, built_at FROM catalogue.archives ORDER BY layer, version, built_at
