-- The same text for SQLite and PostgreSQL: ids are UUIDs as text, times are milliseconds since 1970,
-- lists and whole records are JSON as text.

-- One row: who this store is, and the number of the last change. Whoever changes a document updates
-- this row in the same transaction; so numbers become visible in their own order.
CREATE TABLE ledger (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL,
    last_change BIGINT NOT NULL
);

-- One row per document that ever was, with the number of its last change.
CREATE TABLE changes (
    document TEXT PRIMARY KEY,
    number BIGINT NOT NULL
);
CREATE UNIQUE INDEX changes_number ON changes (number);

CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    -- 1 until a name is known: the host stands in for it.
    name_is_provisional BIGINT NOT NULL CHECK (name_is_provisional IN (0, 1)),
    url TEXT NOT NULL,
    homepage TEXT,
    declared_language TEXT,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gone')),
    added BIGINT NOT NULL,
    last_attempt BIGINT,
    last_success BIGINT,
    failure_reason TEXT,
    failure_detail TEXT,
    failures BIGINT NOT NULL,
    problems TEXT NOT NULL,
    next_attempt BIGINT,
    etag TEXT,
    last_modified TEXT
);
CREATE UNIQUE INDEX sources_slug ON sources (slug);
CREATE UNIQUE INDEX sources_url ON sources (url);

CREATE TABLE entries (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources (id),
    item_key TEXT NOT NULL,
    derived_key BIGINT NOT NULL CHECK (derived_key IN (0, 1)),
    url TEXT,
    title TEXT NOT NULL,
    html TEXT NOT NULL,
    body TEXT NOT NULL,
    authors TEXT NOT NULL,
    published BIGINT,
    updated BIGINT,
    declared_language TEXT,
    language TEXT,
    detected_language TEXT,
    first_seen BIGINT NOT NULL,
    last_changed BIGINT NOT NULL,
    -- Published, else first seen: what lists are sorted by.
    sort_date BIGINT NOT NULL
);
CREATE UNIQUE INDEX entries_key ON entries (source_id, item_key);
CREATE INDEX entries_newest ON entries (sort_date, id);
CREATE INDEX entries_newest_of_source ON entries (source_id, sort_date, id);

CREATE TABLE briefs (
    series TEXT NOT NULL,
    slug TEXT NOT NULL,
    language TEXT NOT NULL,
    published BIGINT NOT NULL,
    original TEXT NOT NULL,
    title TEXT NOT NULL,
    standfirst TEXT NOT NULL,
    bottom_line TEXT,
    version BIGINT NOT NULL,
    confidence TEXT,
    words BIGINT NOT NULL,
    topics TEXT NOT NULL,
    authors TEXT NOT NULL,
    -- The whole brief; the columns above are what lists show of it.
    content TEXT NOT NULL,
    PRIMARY KEY (series, slug, language)
);
CREATE INDEX briefs_newest ON briefs (published);

-- Pieces that the public could once read and that are no longer there.
CREATE TABLE withdrawn_pieces (
    series TEXT NOT NULL,
    slug TEXT NOT NULL,
    withdrawn BIGINT NOT NULL,
    PRIMARY KEY (series, slug)
);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    -- What two jobs have in common when one of them waiting is enough.
    once TEXT NOT NULL,
    work TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'given-up')),
    -- From when on it may be taken: for a leased job, the end of the lease.
    due BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    -- Why the last attempt failed.
    reason TEXT,
    enqueued BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_once ON jobs (once) WHERE state = 'waiting';
CREATE INDEX jobs_due ON jobs (due, id) WHERE state <> 'given-up';

-- For a source whose last answer could not be read whole: the file that holds the answer, for whoever
-- wants to know why. One per source, so that no source can fill the disk.
CREATE TABLE answers (
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    file TEXT NOT NULL,
    kept BIGINT NOT NULL
);
CREATE INDEX answers_file ON answers (file);
