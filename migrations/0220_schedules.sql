-- When the platform starts work by itself. A row comes with the first look of a worker that knows the schedule.
CREATE TABLE IF NOT EXISTS schedules (
  name        VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  cron        VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enabled     BOOLEAN      NOT NULL DEFAULT TRUE,
  next_at     DATETIME(6)  NOT NULL,
  last_at     DATETIME(6)  NULL,
  last_job_id UUID         NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  changed_at  DATETIME(6)  NULL,
  changed_by  UUID         NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
