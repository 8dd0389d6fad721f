SELECT answer, rules, versions, ST_AsBinary(redline)
FROM compliance.checks
WHERE id = @id AND (@all OR asked_by = ANY (@by::text[]))
