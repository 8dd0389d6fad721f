  AND (@beidou::int > 0 OR x.at IS NOT NULL) -- what lies in a coarser cell only has none of this level
GROUP BY 1
ORDER BY count DESC, code
LIMIT @limit
