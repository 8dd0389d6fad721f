SELECT count(*) FILTER (WHERE kind = 'added') AS added,
       count(*) FILTER (WHERE kind = 'removed') AS removed,
       count(*) FILTER (WHERE kind = 'changed') AS changed,
       count(*) FILTER (WHERE geometry) AS changed_geometry,
       count(*) FILTER (WHERE cardinality(fields) > 0) AS changed_fields,
       (SELECT count(*) FROM {table}) - count(*) FILTER (WHERE kind IN ('added', 'changed')) AS unchanged,
       coalesce((SELECT jsonb_object_agg(field, rows)
                 FROM (SELECT unnest(fields) AS field, count(*) AS rows FROM {difference} GROUP BY 1) f), '{}') AS fields
FROM {difference}
