SELECT v.number, v.feature_count, q.area_m2
FROM catalogue.layers l
JOIN catalogue.versions v ON v.layer = l.id AND v.number = l.published
LEFT JOIN catalogue.quality q ON q.layer = v.layer AND q.version = v.number
WHERE l.id = @layer
