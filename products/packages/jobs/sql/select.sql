SELECT id, request, title, needs, by, state, decided_by, decided_at, reason, layer, features, total, attempt, cancelling, bytes, sha256, passport, problem,
       sequence, created_at, started_at, ended_at, expires_at, removed_at
FROM exports.exports
