SELECT layer, number, NULL::json AS fragment, note, restored, made_by, made_at
FROM styles.versions
WHERE layer = @layer
ORDER BY number DESC
LIMIT @limit
