-- publications and edits are only added, so the sum grows with each
SELECT (coalesce((SELECT max(id) FROM catalogue.publications), 0) + coalesce((SELECT sum(edits) FROM catalogue.versions), 0))::bigint
