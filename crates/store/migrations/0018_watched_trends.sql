-- Alerts may watch what rises instead of a search: the query string of what is watched. What they find is
-- kept beside documents, as trend:LIST:SLUG.
ALTER TABLE alerts ADD COLUMN watch TEXT;
