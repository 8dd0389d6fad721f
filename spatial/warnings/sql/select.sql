SELECT r.seq, r.warning, r.number, r.action, r.at, r.by, r.reason, r.kind, r.colour, r.headline, r.text, r.advice, r.issuer,
       r.valid_from, r.valid_to, r.divisions, r.area_text, r.cap_identifier, r.cap_sender, r.cap_sent,
       CASE WHEN @shapes THEN ST_AsBinary(r.area) END AS area, CASE WHEN @shapes THEN ST_AsBinary(r.polygon) END AS polygon
