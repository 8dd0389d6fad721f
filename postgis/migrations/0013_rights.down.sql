UPDATE access.tokens
SET rights = ARRAY(SELECT r FROM unnest(rights) AS r WHERE r <> ALL (ARRAY['read:duty', 'read:personal', 'warn', 'report', 'handle']))
WHERE rights @> ARRAY['administer'];
