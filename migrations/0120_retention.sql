-- What is kept for how long. A key counts from the day on which it was first seen, whatever day its event claims; a batch whose
-- events lie ahead of their reception stays for them; a job says when its files went.
ALTER TABLE event_keys ADD COLUMN IF NOT EXISTS seen_on DATE NOT NULL DEFAULT UTC_DATE();
ALTER TABLE event_batches ADD COLUMN IF NOT EXISTS kept_to DATE NULL;
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS files_gone_at DATETIME(6) NULL;
