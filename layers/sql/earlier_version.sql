SELECT v.number
FROM catalogue.versions v
JOIN catalogue.layers l ON l.id = v.layer
WHERE v.layer = @layer AND v.state = 'retired' AND v.number < l.published
ORDER BY v.number DESC
LIMIT 1
