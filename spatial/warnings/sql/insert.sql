INSERT INTO warnings.revisions (
    warning, number, action, by, reason, kind, colour, headline, text, advice, issuer, valid_from, valid_to,
    divisions, area_text, area, polygon, cap_identifier, cap_sender, cap_sent
)
SELECT @warning, @number, @action, @by, @reason, @kind, @colour, @headline, @text, @advice, @issuer, @valid_from, @valid_to,
       @divisions, @area_text, a.area, ST_GeomFromWKB(@polygon::bytea, 4490), @identifier, @sender, @sent
FROM (SELECT ST_Multi(ST_CollectionExtract(ST_Union(ST_GeomFromWKB(shape, 4490)), 3)) AS area FROM unnest(@shapes::bytea[]) shape) a
RETURNING seq
