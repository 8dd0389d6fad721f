INSERT INTO incidents.transitions (incident, version, from_state, to_state, by, why, department, role)
VALUES (@incident, @version, @from, @to, @by, @why, @department, @role)
RETURNING seq
