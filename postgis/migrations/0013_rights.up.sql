-- Who was given every right there was keeps every right there is.
UPDATE access.tokens t
SET rights = t.rights || ARRAY(
    SELECT r FROM unnest(ARRAY['read:duty', 'read:personal', 'warn', 'report', 'handle']) AS r WHERE NOT r = ANY (t.rights))
WHERE t.rights @> ARRAY['read:internal', 'import', 'publish', 'edit', 'administer'];
