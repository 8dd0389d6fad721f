-- a number that no feature of the version has or ever had
SELECT 1 + greatest(coalesce((SELECT max(fid) FROM {table}), 0),
                    coalesce((SELECT max(fid) FROM catalogue.edits WHERE layer = @layer AND version = @version), 0))
