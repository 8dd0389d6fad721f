-- the version that is published now becomes retired; says which it was, or NULL
WITH retired AS (
    UPDATE catalogue.versions SET state = 'retired'
    WHERE layer = @layer AND state = 'published'
    RETURNING number
)
SELECT max(number) FROM retired
