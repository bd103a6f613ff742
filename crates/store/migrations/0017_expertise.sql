-- What people say they know about, by which reviewers are found.

ALTER TABLE people ADD COLUMN knows TEXT NOT NULL DEFAULT '';
