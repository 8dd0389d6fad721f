-- 50 by 50 parcels of 200 m; each border has three points between its ends, which both neighbours have
SELECT 50 * j + i + 1, 'p' || 50 * j + i, 'POLYGON((' || string_agg(
           112.06 + 0.0005 * a + 0.00015 * sin(1.7 * a + 2.9 * b) || ' ' || 22.86 + 0.0005 * b + 0.00015 * cos(2.3 * a + 1.1 * b), ',' ORDER BY n) || '))'
FROM generate_series(0, 49) AS i, generate_series(0, 49) AS j, generate_series(0, 16) AS n,
     LATERAL (SELECT 4 * i + CASE WHEN n < 4 THEN n WHEN n < 8 THEN 4 WHEN n < 12 THEN 12 - n ELSE 0 END AS a,
                     4 * j + CASE WHEN n < 4 THEN 0 WHEN n < 8 THEN n - 4 WHEN n < 12 THEN 4 ELSE 16 - n END AS b) AS point
GROUP BY i, j
