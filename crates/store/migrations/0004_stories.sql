-- One story that several sources tell.

-- Under what each entry is filed, so that others that tell the same are found: numbers that stand for
-- what it is known by and for parts of its text.
CREATE TABLE retellings (
    entry TEXT PRIMARY KEY REFERENCES entries (id),
    -- All that counts of it: while it is the same, there is nothing to look at again.
    print BIGINT NOT NULL,
    -- The order in which entries were filed; the latest are looked at first.
    filed BIGINT NOT NULL,
    address BIGINT,
    doi BIGINT,
    arxiv BIGINT,
    words BIGINT,
    band1 BIGINT,
    band2 BIGINT,
    band3 BIGINT,
    band4 BIGINT,
    band5 BIGINT,
    band6 BIGINT,
    band7 BIGINT,
    band8 BIGINT
);
CREATE INDEX retellings_address ON retellings (address, filed) WHERE address IS NOT NULL;
CREATE INDEX retellings_doi ON retellings (doi, filed) WHERE doi IS NOT NULL;
CREATE INDEX retellings_arxiv ON retellings (arxiv, filed) WHERE arxiv IS NOT NULL;
CREATE INDEX retellings_words ON retellings (words, filed) WHERE words IS NOT NULL;
CREATE INDEX retellings_band1 ON retellings (band1, filed) WHERE band1 IS NOT NULL;
CREATE INDEX retellings_band2 ON retellings (band2, filed) WHERE band2 IS NOT NULL;
CREATE INDEX retellings_band3 ON retellings (band3, filed) WHERE band3 IS NOT NULL;
CREATE INDEX retellings_band4 ON retellings (band4, filed) WHERE band4 IS NOT NULL;
CREATE INDEX retellings_band5 ON retellings (band5, filed) WHERE band5 IS NOT NULL;
CREATE INDEX retellings_band6 ON retellings (band6, filed) WHERE band6 IS NOT NULL;
CREATE INDEX retellings_band7 ON retellings (band7, filed) WHERE band7 IS NOT NULL;
CREATE INDEX retellings_band8 ON retellings (band8, filed) WHERE band8 IS NOT NULL;

-- The entries that are folded under the leading one of their story. An entry without a row leads its
-- own story.
CREATE TABLE story_members (
    entry TEXT PRIMARY KEY REFERENCES entries (id),
    story TEXT NOT NULL REFERENCES entries (id),
    -- The entry of the story that it is like, why, and to how many percent.
    like_entry TEXT NOT NULL,
    reason TEXT NOT NULL,
    percent BIGINT NOT NULL,
    -- 1 where another entry of its source stands before it in the story.
    is_again BIGINT NOT NULL CHECK (is_again IN (0, 1)),
    since BIGINT NOT NULL
);
CREATE INDEX story_members_story ON story_members (story);

-- What editors have said by hand; nothing is ever taken out of it.
CREATE TABLE stories_by_hand (
    id TEXT PRIMARY KEY,
    act TEXT NOT NULL CHECK (act IN ('split', 'join')),
    entry TEXT NOT NULL REFERENCES entries (id),
    -- Of a join, the other entry.
    other TEXT REFERENCES entries (id),
    done BIGINT NOT NULL,
    -- When a later word took its place.
    undone BIGINT
);
CREATE INDEX stories_by_hand_entry ON stories_by_hand (entry) WHERE undone IS NULL;
CREATE INDEX stories_by_hand_other ON stories_by_hand (other) WHERE undone IS NULL;

-- One row: the last change that was looked at, and how many entries were filed.
CREATE TABLE stories_followed (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    up_to BIGINT NOT NULL,
    filed BIGINT NOT NULL
);
INSERT INTO stories_followed (id, up_to, filed) VALUES (1, 0, 0);
