-- what a principal has asked for since the day began in Beijing; what came to nothing doesn't count
SELECT count(*), coalesce(sum(bytes), 0)::bigint
FROM exports.exports
WHERE by = @by AND state NOT IN ('refused', 'failed', 'cancelled')
  AND created_at >= date_trunc('day', clock_timestamp() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'
