INSERT INTO exports.record (export, by, action, detail) VALUES (@export, @by, @action, @detail)
