-- What a source brings a week is read from this index alone, which has neither tombstones nor
-- what rules withhold.
DROP INDEX entries_newest_of_source;
CREATE INDEX entries_newest_of_source ON entries (source_id, sort_date, id) WHERE deleted IS NULL AND withheld IS NULL;
