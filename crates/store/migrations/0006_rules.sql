-- Rules of the house for what comes in, and what they did.

CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- The query string of the search that finds what the rule is about.
    asked TEXT NOT NULL,
    -- What is done: topic:WORD, language:CODE, hold, drop.
    act TEXT NOT NULL,
    is_paused BIGINT NOT NULL CHECK (is_paused IN (0, 1)),
    added BIGINT NOT NULL,
    -- The last entry to which it was applied, while it is being applied to what was there before it.
    applied TEXT
);
CREATE UNIQUE INDEX rules_name ON rules (name);

-- What rules say an entry is about (a JSON list), and the language it is in.
ALTER TABLE entries ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
ALTER TABLE entries ADD COLUMN rule_language TEXT;
-- NULL: the public may read it. 'held': until somebody releases it. 'dropped': what is left of it is its
-- key, its title and the print of its words, so that it is not taken in again.
ALTER TABLE entries ADD COLUMN withheld TEXT;
ALTER TABLE entries ADD COLUMN withheld_by TEXT;
ALTER TABLE entries ADD COLUMN withheld_at BIGINT;
ALTER TABLE entries ADD COLUMN print TEXT;
-- When somebody released it: no rule withholds it again.
ALTER TABLE entries ADD COLUMN released BIGINT;
CREATE INDEX entries_withheld ON entries (withheld, withheld_at, id) WHERE withheld IS NOT NULL;
