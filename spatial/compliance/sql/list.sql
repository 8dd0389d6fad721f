SELECT n, id, asked_at, asked_by, name, reason, rule_set, rule_set_version, area_m2, verdict, question_hash, answer_hash
FROM compliance.checks
WHERE (@all OR asked_by = @by) AND (@before::bigint = 0 OR n < @before)
ORDER BY n DESC
LIMIT @limit
