UPDATE incidents.incidents
SET state = @state, version = @version, department = @department, role = @role
WHERE id = @id
