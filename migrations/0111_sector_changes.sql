-- Sectors whose default owner changed, until the events that sensors of the sector saw have been looked at again: the days go
-- backwards, each by id; both are empty before the first run.
CREATE TABLE IF NOT EXISTS event_sector_changes (
  sector_code VARCHAR(16)  NOT NULL PRIMARY KEY,
  changed_at  DATETIME(6)  NOT NULL,
  change_seq  BIGINT UNSIGNED NOT NULL,
  day         DATE         NULL,
  after_id    UUID         NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
