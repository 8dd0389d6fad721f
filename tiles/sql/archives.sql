SELECT layer, version, grid, fingerprint, file, bytes, metadata, levels, seconds, built_at, edited FROM catalogue.archives ORDER BY layer, version, grid, edited DESC, built_at DESC
