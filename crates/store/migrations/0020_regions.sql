-- The part of the world that a source speaks from, a word of the vocabulary of regions, where the operator says so.
ALTER TABLE sources ADD COLUMN region TEXT;
