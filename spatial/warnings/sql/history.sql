FROM warnings.revisions r
WHERE (@warning::bigint = 0 OR r.warning = @warning) AND r.seq > @after AND r.at <= @at
ORDER BY r.seq
LIMIT @limit
