-- The rows in which {table} differs from {base}. Rows are the same feature when
-- their keys are equal; where a key stands more than once, in their order.
CREATE TABLE {difference} AS
WITH ours AS (
    SELECT f.fid, k.key, row_number() OVER (PARTITION BY k.key ORDER BY f.fid) AS nth
    FROM {table} f, LATERAL (SELECT {key} AS key) k
), theirs AS (
    SELECT f.fid, k.key, row_number() OVER (PARTITION BY k.key ORDER BY f.fid) AS nth
    FROM {base} f, LATERAL (SELECT {key} AS key) k
), pairs AS MATERIALIZED (
    SELECT key, nth, ours.fid, theirs.fid AS base_fid FROM ours FULL JOIN theirs USING (key, nth)
), differing AS (
    SELECT CASE WHEN p.base_fid IS NULL THEN 'added' ELSE 'removed' END AS kind, p.key, p.fid, p.base_fid,
           false AS geometry, ARRAY[]::text[] AS fields
    FROM pairs p
    WHERE p.fid IS NULL OR p.base_fid IS NULL
    UNION ALL
    SELECT 'changed', p.key, p.fid, p.base_fid, c.geometry, c.fields
    FROM pairs p
    JOIN {table} a ON a.fid = p.fid
    JOIN {base} b ON b.fid = p.base_fid,
    -- OFFSET 0: each comparison is made once. Geometries are equal when every coordinate is, in the same order.
    LATERAL (SELECT NOT (a.geom = b.geom) AS geometry, ({changed})::text[] AS fields OFFSET 0) c
    WHERE c.geometry OR cardinality(c.fields) > 0
)
SELECT row_number() OVER (ORDER BY coalesce(fid, base_fid), kind) AS n, differing.* FROM differing
