-- People, how they sign in, what they hand in, and the log of what was done.

CREATE TABLE people (
    id TEXT PRIMARY KEY,
    mail TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    roles TEXT NOT NULL,
    -- NULL: the domain of the address decides.
    posting TEXT,
    orcid TEXT,
    affiliation TEXT NOT NULL,
    ror TEXT,
    created BIGINT NOT NULL,
    disabled BIGINT,
    -- A PHC string; NULL: no password was chosen.
    password TEXT,
    -- The secret of one-time codes; NULL: none was set up.
    code_secret TEXT,
    -- The last step whose code was used.
    code_step BIGINT,
    -- The hashes of the recovery codes that are left, as JSON.
    recovery TEXT NOT NULL
);
CREATE UNIQUE INDEX people_mail ON people (LOWER(mail));

-- Posting rights of all addresses of a domain.
CREATE TABLE domains (
    domain TEXT PRIMARY KEY,
    posting TEXT NOT NULL
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    -- The SHA-256 of the word in the cookie.
    token TEXT NOT NULL,
    -- NULL for a guest, who holds one draft.
    person TEXT REFERENCES people (id),
    submission TEXT,
    strength TEXT NOT NULL CHECK (strength IN ('guest', 'half', 'full')),
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    -- Where it was begun, in words for its owner.
    network TEXT NOT NULL,
    browser TEXT NOT NULL
);
CREATE UNIQUE INDEX sessions_token ON sessions (token);
CREATE INDEX sessions_person ON sessions (person);

-- Links that were mailed and sign somebody in, once.
CREATE TABLE sign_ins (
    -- The SHA-256 of the word in the link.
    token TEXT PRIMARY KEY,
    mail TEXT NOT NULL,
    -- The draft that becomes theirs by it.
    submission TEXT,
    created BIGINT NOT NULL
);
CREATE INDEX sign_ins_created ON sign_ins (created);

-- What was tried lately, by whom it counts against.
CREATE TABLE tries (
    subject TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX tries_subject ON tries (subject, at);
CREATE INDEX tries_at ON tries (at);

CREATE TABLE submissions (
    id TEXT PRIMARY KEY,
    -- Given when it is sent first.
    number TEXT,
    owner TEXT REFERENCES people (id),
    mail TEXT NOT NULL,
    language TEXT NOT NULL,
    stage TEXT NOT NULL,
    since BIGINT NOT NULL,
    created BIGINT NOT NULL,
    touched BIGINT NOT NULL,
    sent BIGINT,
    revision BIGINT NOT NULL,
    round BIGINT NOT NULL,
    -- Which page of a browser typed the words, and how many saves it had sent.
    device TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    draft TEXT NOT NULL,
    -- What lists show of the draft.
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    piece_language TEXT,
    slug TEXT,
    pending TEXT
);
CREATE UNIQUE INDEX submissions_number ON submissions (number) WHERE number IS NOT NULL;
CREATE INDEX submissions_owner ON submissions (owner, created);
CREATE INDEX submissions_stage ON submissions (stage, since, id);
CREATE UNIQUE INDEX submissions_slug ON submissions (slug) WHERE slug IS NOT NULL;

-- Every state of the words that was saved: those that followed one another, and those beside them.
CREATE TABLE draft_saves (
    id TEXT PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submissions (id),
    -- NULL: it was kept beside, and waits for somebody to choose.
    revision BIGINT,
    -- Which page kept it beside, and how many saves it had sent; empty: it does not say, or it followed.
    device TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    draft TEXT NOT NULL
);
CREATE INDEX draft_saves_submission ON draft_saves (submission, at);

-- The words as they were sent, each time.
CREATE TABLE rounds (
    submission TEXT NOT NULL REFERENCES submissions (id),
    round BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    draft TEXT NOT NULL,
    PRIMARY KEY (submission, round)
);

-- The way of each submission through the stages.
CREATE TABLE steps (
    submission TEXT NOT NULL REFERENCES submissions (id),
    stage TEXT NOT NULL,
    entered BIGINT NOT NULL,
    ended BIGINT,
    -- Why, for the authors.
    reasons TEXT NOT NULL
);
CREATE INDEX steps_submission ON steps (submission, entered);
CREATE INDEX steps_stage ON steps (stage, ended) WHERE ended IS NOT NULL;

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submissions (id),
    at BIGINT NOT NULL,
    author TEXT NOT NULL REFERENCES people (id),
    -- 1: an editor wrote it.
    is_editor BIGINT NOT NULL CHECK (is_editor IN (0, 1)),
    words TEXT NOT NULL
);
CREATE INDEX messages_submission ON messages (submission, at, id);

CREATE TABLE reviews (
    id TEXT PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submissions (id),
    round BIGINT NOT NULL,
    name TEXT NOT NULL,
    mail TEXT NOT NULL,
    language TEXT NOT NULL,
    blinding TEXT NOT NULL,
    answer TEXT NOT NULL,
    asked BIGINT NOT NULL,
    due BIGINT NOT NULL,
    done BIGINT,
    remarks TEXT NOT NULL
);
CREATE INDEX reviews_submission ON reviews (submission, asked);

-- The SHA-256 of the words in the links that open a review: each of its mails has one of its own.
CREATE TABLE review_links (
    token TEXT PRIMARY KEY,
    review TEXT NOT NULL REFERENCES reviews (id)
);

-- What somebody is to be told; several are one mail.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    submission TEXT NOT NULL REFERENCES submissions (id),
    what TEXT NOT NULL,
    at BIGINT NOT NULL,
    told BIGINT
);
CREATE INDEX notices_waiting ON notices (person) WHERE told IS NULL;

-- Pieces that were handed in, as they were published: one row per version, for good.
CREATE TABLE piece_versions (
    slug TEXT NOT NULL,
    version BIGINT NOT NULL,
    language TEXT NOT NULL,
    published BIGINT NOT NULL,
    submission TEXT NOT NULL REFERENCES submissions (id),
    content TEXT NOT NULL,
    credit TEXT NOT NULL,
    PRIMARY KEY (slug, version)
);
CREATE INDEX piece_versions_submission ON piece_versions (submission);

-- Who wrote the newest version, for the pages of people and institutions.
CREATE TABLE piece_authors (
    slug TEXT NOT NULL,
    place BIGINT NOT NULL,
    name TEXT NOT NULL,
    orcid TEXT,
    affiliation TEXT NOT NULL,
    ror TEXT,
    PRIMARY KEY (slug, place)
);
CREATE INDEX piece_authors_orcid ON piece_authors (orcid) WHERE orcid IS NOT NULL;
CREATE INDEX piece_authors_ror ON piece_authors (ror) WHERE ror IS NOT NULL;

-- What stands in the place of a piece that was taken back.
CREATE TABLE tombstones (
    slug TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- 1: it was handed in, and the content folder has no say about it.
ALTER TABLE briefs ADD COLUMN handed_in BIGINT NOT NULL DEFAULT 0;

-- Only ever added to; each row holds the hash of the one before.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, number);

-- One row: the last line of the log.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, number, hash)
    VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- One row: how many submissions were sent in a year.
CREATE TABLE submission_numbers (
    year BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What the readers of papers made of a file that was handed in: JSON.
CREATE TABLE manuscripts (
    file TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- The file that is its copy without names; NULL: none could be made.
    anonymous TEXT
);
