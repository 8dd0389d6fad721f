SELECT id, width, height, length(jpeg) AS bytes, added_at, added_by FROM incidents.photos WHERE incident = @incident AND original_sha256 = @original_sha256
