-- Beside files, deliveries of several layers and retries of rows in quarantine are jobs.
ALTER TABLE jobs.imports
    ADD COLUMN kind text NOT NULL DEFAULT 'file' CHECK (kind IN ('file', 'delivery', 'retry')),
    ADD COLUMN of_version int, -- of a retry: whose rows in quarantine
    ADD COLUMN manifest jsonb, -- of a delivery: what it is made of, where the request says so and not the file
    ADD COLUMN part int NOT NULL DEFAULT 0, -- of a delivery: which of its parts is under way, from 1
    ADD COLUMN parts jsonb NOT NULL DEFAULT '[]', -- of a delivery: what became of each layer
    DROP CONSTRAINT imports_size_check,
    ADD CONSTRAINT imports_size_check CHECK (size > 0 OR kind = 'retry' AND size = 0),
    ADD CONSTRAINT imports_layer_check CHECK ((layer = '') = (kind = 'delivery'));

-- A delivery makes one version of each of its layers.
ALTER TABLE catalogue.versions
    DROP CONSTRAINT versions_import_key,
    ADD CONSTRAINT versions_import_layer_key UNIQUE (import, layer);
