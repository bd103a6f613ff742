-- Pieces for members only: a table of its own, so that no list of public pieces can forget to leave them
-- out. Its columns are those of briefs.
CREATE TABLE members_briefs (
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
    content TEXT NOT NULL,
    PRIMARY KEY (series, slug, language)
);
CREATE INDEX members_briefs_newest ON members_briefs (published);
