-- Products: published compositions of layers, style and text.
CREATE SCHEMA products;

CREATE TABLE products.products (
    id         text PRIMARY KEY,
    state      text NOT NULL,
    number     int NOT NULL CHECK (number > 0), -- of its newest version
    revision   int NOT NULL DEFAULT 1 CHECK (revision > 0), -- rises with every change by people
    synthetic  boolean NOT NULL,                -- made for a demonstration
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by text NOT NULL
);

-- Versions that were published never change. The newest may be one that was not
-- published yet, whose content is replaced while it is worked on.
CREATE TABLE products.versions (
    product     text NOT NULL REFERENCES products.products ON DELETE CASCADE,
    number      int NOT NULL CHECK (number > 0),
    content     jsonb NOT NULL,
    cause       text NOT NULL CHECK (cause IN ('content', 'layers', 'publication')),
    shows       jsonb NOT NULL,  -- version of each layer, {} before it was published
    publication bigint NOT NULL, -- of catalogue.publications: those up to it are accounted for
    from_at     timestamptz,     -- shown from then on; NULL is not published
    until_at    timestamptz,     -- shown until then; NULL is still shown, or not published
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by     text NOT NULL,
    why         text NOT NULL,   -- may be ''
    PRIMARY KEY (product, number)
);

-- Every step of a product, only ever added to.
CREATE TABLE products.transitions (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product    text NOT NULL REFERENCES products.products ON DELETE CASCADE,
    revision   int NOT NULL, -- of the product from then on
    version    int NOT NULL, -- its newest version then
    from_state text,         -- NULL is how it began
    to_state   text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    by         text NOT NULL,
    why        text NOT NULL
);

CREATE INDEX transitions_of_product ON products.transitions (product, seq);

-- Which layer was published when is asked for by layer.
CREATE INDEX publications_of_layer ON catalogue.publications (layer, id);

-- How often a product was called, by day in Beijing, service and caller.
CREATE TABLE products.calls (
    day     date NOT NULL,
    product text NOT NULL,
    service text NOT NULL,
    caller  text NOT NULL, -- as access names it
    kind    text NOT NULL CHECK (kind IN ('user', 'system', 'anonymous')),
    calls   bigint NOT NULL CHECK (calls > 0),
    PRIMARY KEY (product, day, service, caller)
);

-- Who was given every right there was keeps every right there is.
UPDATE access.tokens t
SET rights = t.rights || ARRAY(SELECT r FROM unnest(ARRAY['compose', 'approve']) AS r WHERE NOT r = ANY (t.rights))
WHERE t.rights @> ARRAY['read:internal', 'import', 'publish', 'edit', 'administer'];
