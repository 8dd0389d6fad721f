UPDATE quarantine.rows
SET attributes = jsonb_strip_nulls(attributes || coalesce(@attributes::jsonb, '{}')),
    geometry = coalesce(@geometry::bytea, geometry),
    state = @state, changed_at = now(), changed_by = @by
WHERE delivery = @delivery AND row = @row AND state <> 'accepted'
