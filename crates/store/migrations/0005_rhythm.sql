-- How often a source changes, so that it is read as often as it is worth it.

-- Seconds between two changes, the last ones counting most; empty until two were seen.
ALTER TABLE sources ADD COLUMN usual_seconds BIGINT;
-- When it last brought something new.
ALTER TABLE sources ADD COLUMN last_news BIGINT;
-- What the feed says of when it is worth reading: JSON of `ttl_minutes`, `skip_hours`, `skip_days`.
ALTER TABLE sources ADD COLUMN timetable TEXT NOT NULL DEFAULT '{}';
