-- Whose word a source brings, by name, where the operator says so.
ALTER TABLE sources ADD COLUMN institution TEXT;
