-- by day, and once for all days: users and systems are counted once however often they call
SELECT day, coalesce(sum(calls), 0)::bigint AS calls,
       count(DISTINCT caller) FILTER (WHERE kind = 'user') AS users,
       count(DISTINCT caller) FILTER (WHERE kind = 'system') AS systems
FROM products.calls
WHERE product = @product AND day BETWEEN @from AND @to
GROUP BY GROUPING SETS ((day), ())
ORDER BY day NULLS FIRST
