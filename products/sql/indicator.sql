SELECT v.content ->> 'theme' AS theme, v.content ->> 'department' AS department, p.state, count(*), count(*) FILTER (WHERE p.synthetic)
FROM products.products p
JOIN products.versions v ON v.product = p.id AND v.number = p.number
GROUP BY 1, 2, 3
