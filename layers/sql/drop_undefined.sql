DELETE FROM catalogue.layers l
WHERE l.id <> ALL (@layers)
  AND NOT EXISTS (SELECT FROM catalogue.versions v WHERE v.layer = l.id)
