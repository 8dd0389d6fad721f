DROP SCHEMA incidents CASCADE;
-- tokens of people end with the people
DELETE FROM access.tokens WHERE user_id IS NOT NULL;
ALTER TABLE access.tokens DROP COLUMN user_id, DROP COLUMN expires_at;
DROP TABLE access.invitations;
DROP TABLE access.users;
