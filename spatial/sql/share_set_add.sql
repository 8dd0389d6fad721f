INSERT INTO catalogue.division_share_sets (layer, version, edit, division_layer, division_version, division_edit)
VALUES (@layer, @version, @edit, @division_layer, @division_version, @division_edit)
RETURNING id
