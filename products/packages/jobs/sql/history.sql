SELECT at, by, action, detail FROM exports.record WHERE export = @export ORDER BY seq
