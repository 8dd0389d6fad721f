-- Products with a version. A product is behind when a layer that it follows was
-- published since its newest version.
SELECT p.id, p.state, p.revision, p.synthetic, p.created_at, p.created_by, p.changed_at, p.changed_by,
       v.number, v.content, v.cause, v.shows, v.from_at, v.until_at, v.made_at, v.made_by, v.why,
       p.state = 'published' AND v.number = p.number AND v.content #>> '{update,rule}' = 'follow' AND (
           EXISTS (SELECT FROM jsonb_object_keys(v.shows) s (layer)
                   JOIN catalogue.publications n ON n.layer = s.layer AND n.id > v.publication)
           OR EXISTS (SELECT FROM jsonb_each_text(v.shows) s
                      JOIN catalogue.layers l ON l.id = s.key AND l.published <> s.value::int)
       ) AS behind
FROM products.products p
JOIN products.versions v ON v.product = p.id
