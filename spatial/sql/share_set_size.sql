WITH kept AS (
    -- all but the sets that were used longest ago, once all together hold more than there is room for
    SELECT id, sum(shares) OVER (ORDER BY id = @set DESC, used_on DESC, id DESC) AS so_far
    FROM (SELECT id, used_on, CASE id WHEN @set THEN @shares::bigint ELSE shares END AS shares FROM catalogue.division_share_sets) s
), dropped AS (
    DELETE FROM catalogue.division_share_sets s USING kept k
    WHERE k.id = s.id AND k.so_far > @room AND s.id <> @set
)
UPDATE catalogue.division_share_sets SET shares = @shares WHERE id = @set
