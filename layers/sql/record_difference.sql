INSERT INTO catalogue.differences (layer, version, base, added, removed, changed, changed_geometry, changed_fields, unchanged, fields)
VALUES (@layer, @version, @base, @added, @removed, @changed, @changed_geometry, @changed_fields, @unchanged, @fields)
ON CONFLICT (layer, version) DO UPDATE
SET base = excluded.base, added = excluded.added, removed = excluded.removed, changed = excluded.changed,
    changed_geometry = excluded.changed_geometry, changed_fields = excluded.changed_fields,
    unchanged = excluded.unchanged, fields = excluded.fields, computed_at = now()
