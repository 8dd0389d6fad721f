INSERT INTO incidents.incidents (
    reporter, client_id, content_sha256, kind, source, text, given_x, given_y, given_crs, accuracy_m, place,
    cell, cell_name, chain, tiers, beidou, risks, reported_at, received_at, state, version, department, role, synthetic
)
VALUES (
    @reporter, @client_id, @content_sha256, @kind, @source, @text, @given_x, @given_y, @given_crs, @accuracy_m, ST_SetSRID(ST_MakePoint(@lon, @lat), 4490),
    @cell, @cell_name, @chain, @tiers, @beidou, @risks, @reported_at, coalesce(@received_at::timestamptz, clock_timestamp()), @state, @version, @department, @role, @synthetic
)
ON CONFLICT (reporter, client_id) DO NOTHING -- the same report is on its way twice
RETURNING id
