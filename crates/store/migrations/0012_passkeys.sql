-- Passkeys, and the questions that browsers are about to answer.

CREATE TABLE passkeys (
    -- As the device gave it.
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    -- By what its owner knows it.
    label TEXT NOT NULL,
    body TEXT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX passkeys_person ON passkeys (person, created);

CREATE TABLE passkey_questions (
    -- The SHA-256 of the word by which the answer finds its question.
    token TEXT PRIMARY KEY,
    -- Whose key is made; NULL where anybody may answer.
    person TEXT,
    state TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX passkey_questions_at ON passkey_questions (at);
