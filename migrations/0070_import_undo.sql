-- The undo of an import is a job of its own, at most one an import.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS undo_of UUID NULL, ADD UNIQUE KEY IF NOT EXISTS uq_jobs_undo (undo_of);
