-- The next version of a published piece is a submission of its own that carries the slug of the piece from
-- its first day: a slug belongs to several.

DROP INDEX submissions_slug;
CREATE INDEX submissions_slug ON submissions (slug) WHERE slug IS NOT NULL;
