-- what was published last at a time
SELECT version
FROM catalogue.publications
WHERE layer = @layer AND at <= @at
ORDER BY at DESC, id DESC
LIMIT 1
