WITH old AS (
    DELETE FROM compliance.checks
    WHERE asked_by = @anonymous AND @asked_by = @anonymous
      AND n <= (SELECT n FROM compliance.checks WHERE asked_by = @anonymous ORDER BY n DESC OFFSET @kept LIMIT 1)
)
INSERT INTO compliance.checks (id, asked_at, asked_by, name, reason, rule_set, rule_set_version, rules, versions, redline, area_m2, verdict, question_hash, answer_hash, answer)
VALUES (@id, @asked_at, @asked_by, @name, @reason, @rule_set, @rule_set_version, @rules, @versions, ST_GeomFromWKB(@redline::bytea, 4490), @area_m2, @verdict, @question_hash, @answer_hash, @answer)
