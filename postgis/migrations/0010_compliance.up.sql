-- checks of red lines against rules, each with its answer as it was given
CREATE SCHEMA compliance;

CREATE TABLE compliance.checks (
    n                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were asked
    id               text NOT NULL UNIQUE,     -- in addresses; can't be guessed
    asked_at         timestamptz NOT NULL,
    asked_by         text NOT NULL,
    name             text NOT NULL,            -- of the project
    reason           text NOT NULL,            -- why it was asked
    rule_set         text NOT NULL,
    rule_set_version text NOT NULL,
    rules            jsonb NOT NULL,           -- the set as it was, and how land was classed
    versions         jsonb NOT NULL,           -- layer to number of the version that was asked
    redline          geometry(MultiPolygon, 4490) NOT NULL,
    area_m2          double precision NOT NULL,
    verdict          text NOT NULL,
    question_hash    text NOT NULL,
    answer_hash      text NOT NULL,
    answer           text NOT NULL             -- JSON; text, because its bytes are what was answered
);

CREATE INDEX checks_asked_by ON compliance.checks (asked_by, n DESC);
