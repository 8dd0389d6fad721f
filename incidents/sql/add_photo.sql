INSERT INTO incidents.photos (incident, original_sha256, width, height, jpeg, thumbnail, added_by)
VALUES (@incident, @original_sha256, @width, @height, @jpeg, @thumbnail, @by)
ON CONFLICT (incident, original_sha256) DO NOTHING -- it came before
RETURNING id
