SELECT layer, version, base, added, removed, changed, changed_geometry, changed_fields, unchanged, fields, computed_at
FROM catalogue.differences
WHERE layer = @layer AND version = @version
