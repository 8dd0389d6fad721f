SELECT name, rights, sealed FROM gateway.systems WHERE id = @id AND revoked_at IS NULL
