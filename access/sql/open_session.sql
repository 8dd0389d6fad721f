INSERT INTO access.tokens (name, secret_sha256, rights, user_id, expires_at)
VALUES (@name, @secret_sha256, @rights, @user, now() + @valid::interval)
RETURNING expires_at
