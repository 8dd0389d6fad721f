INSERT INTO exports.exports (request, title, needs, by, rights, state)
VALUES (@request, @title, @needs, @by, @rights, @state)
RETURNING id
