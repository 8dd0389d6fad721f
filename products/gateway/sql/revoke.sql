UPDATE gateway.systems SET revoked_at = now(), sealed = '' WHERE id = @id AND revoked_at IS NULL
