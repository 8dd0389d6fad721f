SELECT id, content_sha256 FROM incidents.incidents WHERE reporter = @reporter AND client_id = @client_id
