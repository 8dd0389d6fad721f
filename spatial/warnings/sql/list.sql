FROM (
    SELECT DISTINCT ON (warning) *
    FROM warnings.revisions
    WHERE at <= @at AND (@warning::bigint = 0 OR warning = @warning) AND (@before::bigint = 0 OR warning < @before)
    ORDER BY warning DESC, seq DESC
) r
WHERE (@kind = '' OR r.kind = @kind)
  AND (@colour = '' OR r.colour = @colour)
  AND (@state = '' OR @state = CASE WHEN r.action = 'cancel' THEN 'cancelled' WHEN @at < r.valid_from THEN 'upcoming' WHEN @at < r.valid_to THEN 'active' ELSE 'ended' END)
  AND (@lon::float8 IS NULL OR ST_Covers(r.area, ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490)))
ORDER BY r.warning DESC
LIMIT @limit
