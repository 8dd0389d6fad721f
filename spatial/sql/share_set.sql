SELECT id, used_on < current_date AS idle FROM catalogue.division_share_sets
WHERE layer = @layer AND version = @version AND edit = @edit
  AND division_layer = @division_layer AND division_version = @division_version AND division_edit = @division_edit
