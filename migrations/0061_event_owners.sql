-- Assets whose claims changed, until the events that they touch have been looked at again.
CREATE TABLE IF NOT EXISTS event_owner_changes (
  asset_id    UUID         NOT NULL PRIMARY KEY,
  changed_at  DATETIME(6)  NOT NULL,
  change_seq  BIGINT UNSIGNED NOT NULL,
  KEY ix_event_owner_changes_age (changed_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A claim on a domain holds for the names below it: they are neighbours when names are written backwards.
ALTER TABLE events
  ADD COLUMN IF NOT EXISTS domain_back VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin AS (REVERSE(domain)) PERSISTENT,
  ADD KEY IF NOT EXISTS ix_events_domain_back (domain_back),
  DROP KEY IF EXISTS ix_events_domain;
