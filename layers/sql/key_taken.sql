-- another feature with the business key of this one
SELECT other.fid
FROM {table} f JOIN {table} other ON ({other_key}) = ({key}) AND other.fid <> f.fid
WHERE f.fid = @fid
LIMIT 1
