-- Sources that are no feeds: repositories that are asked page by page.

-- How a source is asked: feed, oai, arxiv, crossref.
ALTER TABLE sources ADD COLUMN kind TEXT NOT NULL DEFAULT 'feed';
-- What exactly is wanted of it, as JSON; empty for a feed.
ALTER TABLE sources ADD COLUMN wish TEXT NOT NULL DEFAULT '';
-- The lists it stands in, from the outermost in, as the operator's OPML names them: a JSON list.
ALTER TABLE sources ADD COLUMN folder TEXT NOT NULL DEFAULT '[]';
-- How far a harvest over several answers has come, as JSON.
ALTER TABLE sources ADD COLUMN progress TEXT;

-- One address may be asked in several ways: each query to an API is a source of its own.
DROP INDEX sources_url;
CREATE UNIQUE INDEX sources_url ON sources (url, kind, wish);

-- What an entry is known by, as a JSON list.
ALTER TABLE entries ADD COLUMN identifiers TEXT NOT NULL DEFAULT '[]';
-- What a record says of its language where that is no language tag.
ALTER TABLE entries ADD COLUMN raw_language TEXT;
-- When its source took it back; its page says that it is gone, and nothing else shows it.
ALTER TABLE entries ADD COLUMN deleted BIGINT;
