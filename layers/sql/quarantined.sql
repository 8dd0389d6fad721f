SELECT delivery, row, rule, field, value, reason, reason_en, attributes, geometry, state, accepted_in, changed_at, changed_by
FROM quarantine.rows
WHERE delivery = @delivery AND row > @after AND (@state = '' OR state = @state)
ORDER BY row
LIMIT @limit
