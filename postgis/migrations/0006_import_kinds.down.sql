DELETE FROM jobs.imports WHERE kind <> 'file';

-- Of the versions of a delivery the first keeps its import.
UPDATE catalogue.versions v SET import = NULL
WHERE EXISTS (SELECT FROM catalogue.versions o WHERE o.import = v.import AND o.layer < v.layer);

ALTER TABLE catalogue.versions
    DROP CONSTRAINT versions_import_layer_key,
    ADD CONSTRAINT versions_import_key UNIQUE (import);

ALTER TABLE jobs.imports
    DROP CONSTRAINT imports_size_check,
    DROP CONSTRAINT imports_layer_check,
    DROP COLUMN kind,
    DROP COLUMN of_version,
    DROP COLUMN manifest,
    DROP COLUMN part,
    DROP COLUMN parts,
    ADD CONSTRAINT imports_size_check CHECK (size > 0);
