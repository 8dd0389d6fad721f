UPDATE quarantine.rows SET state = 'accepted', accepted_in = @version, changed_at = now(), changed_by = @by
WHERE delivery = @delivery AND row = @row
