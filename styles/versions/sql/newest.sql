SELECT DISTINCT ON (layer) layer, number, fragment, note, restored, made_by, made_at
FROM styles.versions
ORDER BY layer, number DESC
