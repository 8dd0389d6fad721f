SELECT s.division, coalesce(min(d.name), '') AS name, {value} AS value, count(*) FILTER (WHERE s.counts) AS count,
       CASE WHEN @kind = 'polygon' THEN sum(s.measure) END AS area_m2,
       CASE WHEN @kind = 'line' THEN sum(s.measure) END AS length_m
FROM catalogue.division_shares s
JOIN {divisions} d ON d.code = s.division
JOIN {table} f ON f.fid = s.fid
WHERE s.set_id = @set AND s.division LIKE @within::text || '%'
GROUP BY s.division, {value}
ORDER BY s.division, {value} NULLS LAST
