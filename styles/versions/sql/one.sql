SELECT layer, number, fragment, note, restored, made_by, made_at
FROM styles.versions
WHERE layer = @layer AND number = @number
