WITH owned AS (
    SELECT layer, number, format('%s_v%s', layer, number) AS name FROM catalogue.versions
)
SELECT format('版本 %s v%s 没有数据表，请重新导入 / version %s v%s has no table, import it again', layer, number, layer, number)
FROM owned
WHERE NOT EXISTS (SELECT FROM pg_tables t WHERE t.schemaname = 'features' AND t.tablename = owned.name)
UNION ALL
SELECT format('版本 %s v%s 缺少空间索引 / version %s v%s lacks a spatial index: %s', layer, number, layer, number, g.name)
FROM owned, (VALUES ('geom'), ('geom_3857')) AS g (name)
WHERE EXISTS (SELECT FROM pg_tables t WHERE t.schemaname = 'features' AND t.tablename = owned.name)
  AND NOT EXISTS (SELECT FROM pg_indexes i WHERE i.schemaname = 'features' AND i.tablename = owned.name AND i.indexdef LIKE '% USING gist (' || g.name || ')%')
UNION ALL
SELECT format('数据表 %s.%s 不属于任何版本，可以删除 / table %s.%s belongs to no version and can be dropped', schemaname, tablename, schemaname, tablename)
FROM pg_tables
WHERE schemaname = 'staging'
   OR (schemaname = 'features' AND NOT EXISTS (SELECT FROM owned WHERE owned.name = tablename))
UNION ALL
SELECT format('数据表 %s.%s 不属于任何版本比对，可以删除 / table %s.%s belongs to no comparison and can be dropped', schemaname, tablename, schemaname, tablename)
FROM pg_tables
WHERE schemaname = 'differences'
  AND NOT EXISTS (SELECT FROM catalogue.differences d WHERE format('%s_v%s', d.layer, d.version) = tablename)
UNION ALL
SELECT format('图层 %s 已发布但没有视图，请再次发布 / layer %s is published but has no view, publish it again', l.id, l.id)
FROM catalogue.layers l
WHERE l.published IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_views v WHERE v.schemaname = 'features' AND v.viewname = l.id)
ORDER BY 1
