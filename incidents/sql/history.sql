SELECT seq, incident, version, from_state, to_state, at, by, why, department, role
FROM incidents.transitions
WHERE incident = @id
ORDER BY version
