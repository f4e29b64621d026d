-- What spares the sealer work; verification does not trust it. A segment takes no rows after 6 hours and is final after 12.
ALTER TABLE audit_segments
  ADD COLUMN IF NOT EXISTS sealed_rows INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS final BOOLEAN NOT NULL DEFAULT FALSE,
  ADD KEY IF NOT EXISTS ix_audit_segments_open (final, opened_at);
