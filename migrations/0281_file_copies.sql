-- Bytes that are no longer named: each host takes away its own.
ALTER TABLE file_copies ADD COLUMN IF NOT EXISTS gone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE file_copies ADD KEY IF NOT EXISTS ix_file_copies_gone (host, gone);
