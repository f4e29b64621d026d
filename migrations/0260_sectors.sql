-- Sectors are a list that the site edits: a retired one keeps its name for what exists and is offered for nothing new. Shipped
-- ones are retired, never deleted, as seeding would bring them back.
ALTER TABLE sectors
  ADD COLUMN IF NOT EXISTS state ENUM('active','retired') NOT NULL DEFAULT 'active',
  ADD COLUMN IF NOT EXISTS shipped BOOLEAN NOT NULL DEFAULT TRUE,
  ADD COLUMN IF NOT EXISTS version INT UNSIGNED NOT NULL DEFAULT 1,
  ADD COLUMN IF NOT EXISTS updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6);
