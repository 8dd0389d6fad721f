-- what is older than it is kept, and the oldest beyond the room that there is for all
SELECT id
FROM (SELECT id, expires_at, sum(bytes) OVER (ORDER BY ended_at DESC, id) AS with_newer
      FROM sheets.orders
      WHERE state IN ('done', 'failed', 'cancelled')) o
WHERE expires_at < clock_timestamp() OR with_newer > @room
