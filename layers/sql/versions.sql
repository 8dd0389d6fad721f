SELECT layer, number, state, feature_count, bounds, synthetic, source_file, source_sha256, source_crs,
       content_hash, NULL::jsonb AS report, imported_at, imported_by, published_at, edited, edited_at, edits
FROM catalogue.versions
WHERE layer = @layer
ORDER BY number DESC
