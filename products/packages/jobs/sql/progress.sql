UPDATE exports.exports SET layer = @layer, features = @features, total = @total
WHERE id = @id AND state = 'running' AND river_job = @job
