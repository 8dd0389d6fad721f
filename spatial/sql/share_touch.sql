UPDATE catalogue.division_share_sets SET used_on = current_date WHERE id = @set
