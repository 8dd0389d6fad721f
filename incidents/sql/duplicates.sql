SELECT o.id, o.state, o.reported_at, round(ST_Distance(o.place::geography, i.place::geography)::numeric, 1)::float8 AS distance_m
FROM incidents.incidents i
JOIN incidents.incidents o ON o.id <> i.id AND o.kind = i.kind
     AND o.place && ST_Expand(i.place, 0.001) -- the index finds what is within some 100 m
     AND o.reported_at BETWEEN i.reported_at - interval '24 hours' AND i.reported_at + interval '24 hours'
WHERE i.id = @id AND o.state <> 'rejected' AND ST_Distance(o.place::geography, i.place::geography) <= 50
ORDER BY distance_m, o.id
LIMIT 20
