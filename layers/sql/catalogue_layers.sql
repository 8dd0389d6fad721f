SELECT l.definition,
       v.definition AS columns,
       to_jsonb(v) - 'definition' - 'report' AS published
FROM catalogue.layers l
JOIN catalogue.themes t ON t.id = l.theme
LEFT JOIN catalogue.versions v ON v.layer = l.id AND v.number = l.published
ORDER BY t.position, l.position
