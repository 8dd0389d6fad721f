-- The newest versions of layers with what the rules found, without the examples.
SELECT v.layer, v.number, v.state, v.feature_count, v.imported_at, v.published_at,
       coalesce((v.report->>'read')::bigint, v.feature_count) AS read,
       q.completeness, q.validity, q.consistency, q.timeliness, q.trust,
       (v.report->'quality'->>'score')::float8 AS score,
       v.report ? 'quality' AS measured,
       coalesce((
           SELECT jsonb_agg(jsonb_build_object('rule', r->'rule', 'dimension', r->'dimension', 'title', r->'title', 'title_en', r->'title_en',
                                               'count', r->'count', 'refuses', r->'refuses', 'fixed', r->'fixed', 'skipped', coalesce(r->>'skipped', '') <> ''))
           FROM jsonb_array_elements(v.report->'quality'->'rules') r
       ), '[]'::jsonb) AS rules
FROM (SELECT *, row_number() OVER (PARTITION BY layer ORDER BY number DESC) AS nth
      FROM catalogue.versions
      WHERE layer = ANY (@layers) AND (@drafts OR state IN ('published', 'retired'))) v
LEFT JOIN catalogue.quality q ON q.layer = v.layer AND q.version = v.number
WHERE v.nth <= @most
ORDER BY v.layer, v.number DESC
