UPDATE quarantine.rows SET rule = @rule, field = @field, value = @value, reason = @reason, reason_en = @reason_en
WHERE delivery = @delivery AND row = @row
