SELECT layer, version, grid, fingerprint, file, bytes, metadata, levels, seconds, built_at FROM catalogue.archives ORDER BY layer, version, grid, built_at
