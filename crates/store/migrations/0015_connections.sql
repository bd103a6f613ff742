-- Whom providers elsewhere have named, and whose account that opens here.

CREATE TABLE connections (
    -- Who says it, and by what it knows them.
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    -- By what its owner knows it.
    label TEXT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX connections_person ON connections (person, created);
