INSERT INTO catalogue.versions (layer, number, state, definition, feature_count, bounds, synthetic,
    source_file, source_sha256, source_crs, content_hash, report, imported_by, import)
VALUES (@layer, @number, @state, @definition, @feature_count, @bounds, @synthetic,
    @source_file, @source_sha256, @source_crs, @content_hash, @report, @imported_by, @import)
