-- White papers: entries whose document was read whole.

CREATE TABLE papers (
    entry_id TEXT PRIMARY KEY REFERENCES entries (id),
    -- The SHA-256 of the file that is kept; NULL where it is larger than what is kept.
    file TEXT,
    -- What its file is called.
    name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    -- What its source knows a changed file by; empty where it asks the server.
    stamp TEXT NOT NULL,
    -- The paper without its text, as JSON; NULL where it could not be read.
    facts TEXT,
    -- Why it could not be read.
    reason TEXT,
    detail TEXT,
    -- 1 where the numbers of the parts are pages, 0 where they count sections.
    is_paged BIGINT NOT NULL CHECK (is_paged IN (0, 1)),
    parts BIGINT NOT NULL,
    -- Bytes of the text of all parts: the index takes long texts a few at a time.
    text_bytes BIGINT NOT NULL
);
CREATE INDEX papers_file ON papers (file);

-- The pages of a paper, or its sections where it knows no pages.
CREATE TABLE paper_parts (
    entry_id TEXT NOT NULL REFERENCES papers (entry_id),
    -- The page, or the section counted from 1.
    number BIGINT NOT NULL,
    heading TEXT,
    body TEXT NOT NULL,
    -- The head and the foot of the page, which its text leaves out.
    margin TEXT NOT NULL,
    PRIMARY KEY (entry_id, number)
);
