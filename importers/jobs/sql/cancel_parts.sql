-- the layers of a delivery that had not been taken when it was cancelled or given up
UPDATE jobs.imports
SET parts = (SELECT coalesce(jsonb_agg(CASE WHEN p ->> 'state' IN ('queued', 'running') THEN jsonb_set(p, '{state}', to_jsonb(@state::text)) ELSE p END ORDER BY n), '[]')
             FROM jsonb_array_elements(parts) WITH ORDINALITY AS all_parts (p, n))
WHERE id = @id AND kind = 'delivery'
