-- the number is that of the newest version and one; who was faster has it already
WITH newest AS (
    SELECT coalesce(max(number), 0) AS number FROM styles.versions WHERE layer = @layer
), made AS (
    INSERT INTO styles.versions (layer, number, fragment, note, restored, made_by)
    SELECT @layer, n.number + 1, @fragment, @note, @restored, @made_by
    FROM newest n
    WHERE @based_on::int IS NULL OR n.number = @based_on::int
    RETURNING layer, number, fragment, note, restored, made_by, made_at
)
SELECT m.*
FROM made m, LATERAL (SELECT pg_notify('onemap_styles', m.layer)) told
