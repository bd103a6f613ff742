-- Searches that tell their readers by mail, and the mails.

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    -- The query string of the search, and the search in words.
    asked TEXT NOT NULL,
    name TEXT NOT NULL,
    mail TEXT NOT NULL,
    language TEXT NOT NULL,
    cadence TEXT NOT NULL CHECK (cadence IN ('once', 'daily', 'weekly')),
    created BIGINT NOT NULL,
    -- NULL: nobody has confirmed it yet.
    confirmed BIGINT,
    -- The SHA-256 of the word by which it is confirmed, until that is no longer possible.
    question TEXT,
    -- The word that manages and ends it. It stands in each of its mails, and gives nothing that a
    -- reader of this table does not have.
    stop_key TEXT NOT NULL,
    -- The last change before it was confirmed: what is older is no news.
    since BIGINT NOT NULL
);
CREATE UNIQUE INDEX alerts_question ON alerts (question) WHERE question IS NOT NULL;
CREATE UNIQUE INDEX alerts_stop_key ON alerts (stop_key);
CREATE INDEX alerts_mail ON alerts (LOWER(mail));

-- What an alert has found. A row with `told` keeps the same document from being told again.
CREATE TABLE alert_matches (
    alert TEXT NOT NULL REFERENCES alerts (id),
    document TEXT NOT NULL,
    found BIGINT NOT NULL,
    told BIGINT,
    PRIMARY KEY (alert, document)
);
CREATE INDEX alert_matches_waiting ON alert_matches (alert) WHERE told IS NULL;

-- One row: the last change that was held against the searches of the alerts.
CREATE TABLE alerts_followed (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    up_to BIGINT NOT NULL
);
INSERT INTO alerts_followed (id, up_to)
    VALUES (1, COALESCE((SELECT last_change FROM ledger WHERE id = 1), 0));

-- Mails that were written. What is sent keeps neither its words nor its address.
CREATE TABLE mails (
    id TEXT PRIMARY KEY,
    -- The alert it comes from; it may have ended since.
    alert TEXT NOT NULL,
    -- The whole mail; empty once it is sent.
    content TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    -- Why it was given up.
    reason TEXT,
    -- When it was put into this state.
    since BIGINT NOT NULL
);
CREATE INDEX mails_alert ON mails (alert);
CREATE INDEX mails_state ON mails (state, since);
