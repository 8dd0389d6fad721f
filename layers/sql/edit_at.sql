-- the last edit of a version at a time; 0 is none
SELECT coalesce(max(id), 0) FROM catalogue.edits WHERE layer = @layer AND version = @version AND at <= @at
