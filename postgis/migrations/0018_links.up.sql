-- States of the viewer under short names: what is shown, from where, with what
-- drawn. Nobody's name and no address of anybody is kept with them.
CREATE TABLE catalogue.links (
    id      text PRIMARY KEY CHECK (id ~ '^[a-z2-7]{10,26}$'), -- the beginning of the state's own hash
    state   text NOT NULL CHECK (length(state) <= 16384),
    used_on date NOT NULL DEFAULT current_date -- last made or opened; the longest unused go first
);

CREATE INDEX links_used ON catalogue.links (used_on);
