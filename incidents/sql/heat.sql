SELECT CASE WHEN @beidou::int > 0 THEN left(i.beidou, @beidou) ELSE i.chain[x.at] END AS code,
       count(*) AS count, count(*) FILTER (WHERE i.state <> ALL (@final::text[])) AS open
FROM incidents.incidents i,
     LATERAL (SELECT min(array_position(i.tiers, layer)) AS at FROM unnest(@layers::text[]) layer) x
WHERE (@all OR i.reporter = @me OR (@my_cell <> '' AND @my_cell = ANY (i.chain)))
