-- The figures of charts in pieces, as they stood when the piece was published.

CREATE TABLE charts (
    series TEXT NOT NULL,
    slug TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- The directive, in the form in which the model writes it: the same in every language.
    wish TEXT NOT NULL,
    -- JSON; NULL while there are no figures for it. Once there, it is never changed.
    body TEXT,
    taken BIGINT,
    PRIMARY KEY (series, slug, version, wish)
);
CREATE INDEX charts_waiting ON charts (series, slug) WHERE body IS NULL;
