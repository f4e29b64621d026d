-- Warnings, the tree of dispatches under each, rounds of feedback, and who did what when.

-- How long a unit has, by level. minutes of calendar time, or of working time: the hours work_from .. work_to (minutes
-- since local midnight) of working days (calendar_days). A working day is then (work_to - work_from) minutes long.
CREATE TABLE IF NOT EXISTS warning_clocks (
  realm_org_id UUID NULL,
  level       TINYINT UNSIGNED NOT NULL,
  receipt_minutes  INT UNSIGNED NOT NULL,
  feedback_minutes INT UNSIGNED NOT NULL,
  fix_minutes INT UNSIGNED NOT NULL,
  calendar    ENUM('calendar','working') NOT NULL,
  work_from   SMALLINT UNSIGNED NOT NULL DEFAULT 540,
  work_to     SMALLINT UNSIGNED NOT NULL DEFAULT 1050,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  updated_at  DATETIME(6)  NOT NULL DEFAULT UTC_TIMESTAMP(6),
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_warning_clocks (realm_key, level)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The organisation columns are the issuer's. event_snapshot and owner_snapshot are what was known when it was drafted:
-- later recomputation of ownership never rewrites them.
CREATE TABLE IF NOT EXISTS warnings (
  id          UUID         NOT NULL PRIMARY KEY,
  number      VARCHAR(32)  NULL,
  title       VARCHAR(200) NOT NULL,
  kind_code   VARCHAR(32)  NOT NULL,
  level       TINYINT UNSIGNED NOT NULL,
  source_kind VARCHAR(16)  NOT NULL DEFAULT 'local',
  event_id    UUID         NULL,
  event_snapshot LONGTEXT  NULL,
  owner_snapshot LONGTEXT  NULL,
  content     TEXT         NOT NULL,
  cautions    TEXT         NOT NULL,
  measures    TEXT         NOT NULL,
  targets     LONGTEXT     NOT NULL,
  state       ENUM('draft','review','approved','rejected','publishing','published','closed','withdrawn') NOT NULL DEFAULT 'draft',
  is_open     BOOLEAN AS (state IN ('publishing','published')) PERSISTENT,
  targets_total INT UNSIGNED NOT NULL DEFAULT 0,
  targets_written INT UNSIGNED NOT NULL DEFAULT 0,
  targets_done INT UNSIGNED NOT NULL DEFAULT 0,
  job_id      UUID         NULL,
  valid_from  DATETIME(6)  NULL,
  valid_to    DATETIME(6)  NULL,
  opinion     VARCHAR(2000) NULL,
  created_by  UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  submitted_by UUID        NULL,
  submitted_at DATETIME(6) NULL,
  approved_by UUID         NULL,
  approved_at DATETIME(6)  NULL,
  published_by UUID        NULL,
  published_at DATETIME(6) NULL,
  closed_at   DATETIME(6)  NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  origin_platform VARCHAR(64) NULL,
  origin_id   VARCHAR(64)  NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_warnings_number (number),
  UNIQUE KEY uq_warnings_origin (origin_platform, origin_id),
  KEY ix_warnings_all (created_at),
  KEY ix_warnings_l2 (org_l2, created_at),
  KEY ix_warnings_l3 (org_l3, created_at),
  KEY ix_warnings_sector (sector_code, created_at),
  KEY ix_warnings_open (is_open, level, published_at),
  KEY ix_warnings_published (published_at, level),
  KEY ix_warnings_event (event_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The units of a warning, resolved once at publication; the job turns each into a dispatch.
CREATE TABLE IF NOT EXISTS warning_targets (
  warning_id  UUID         NOT NULL,
  org_id      UUID         NOT NULL,
  role        ENUM('handle','coordinate','inform','support') NOT NULL DEFAULT 'handle',
  PRIMARY KEY (warning_id, org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The organisation columns are the receiver's. due_at is the deadline of the present step: NULL when it is closed and
-- while the clock stands still (paused_at: the sender has the word). paused_us is what the pauses took so far.
CREATE TABLE IF NOT EXISTS dispatches (
  id          UUID         NOT NULL PRIMARY KEY,
  warning_id  UUID         NOT NULL,
  parent_id   UUID         NULL,
  depth       TINYINT UNSIGNED NOT NULL DEFAULT 1,
  role        ENUM('handle','coordinate','inform','support') NOT NULL DEFAULT 'handle',
  issuer_org_id UUID       NOT NULL,
  title       VARCHAR(200) NOT NULL,
  level       TINYINT UNSIGNED NOT NULL,
  region_code VARCHAR(6)   NOT NULL,
  prefecture_code VARCHAR(6) AS (CONCAT(LEFT(region_code, 4), '00')) PERSISTENT,
  state       ENUM('pending_sign','handling','reviewing','returned','accepted','terminated','withdrawn') NOT NULL DEFAULT 'pending_sign',
  is_open     BOOLEAN AS (state IN ('pending_sign','handling','reviewing','returned')) PERSISTENT,
  round       SMALLINT UNSIGNED NOT NULL DEFAULT 1,
  dispatched_at DATETIME(6) NOT NULL,
  due_sign_at DATETIME(6)  NOT NULL,
  due_feedback_at DATETIME(6) NOT NULL,
  due_fix_at  DATETIME(6)  NOT NULL,
  due_at      DATETIME(6)  NULL,
  paused_at   DATETIME(6)  NULL,
  paused_us   BIGINT UNSIGNED NOT NULL DEFAULT 0,
  signed_at   DATETIME(6)  NULL,
  signed_by   UUID         NULL,
  first_feedback_at DATETIME(6) NULL,
  feedback_on_time BOOLEAN NULL,
  closed_at   DATETIME(6)  NULL,
  extension_due_at DATETIME(6) NULL,
  extension_reason VARCHAR(2000) NULL,
  extension_asked_at DATETIME(6) NULL,
  extensions  SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  assets_matched INT UNSIGNED NULL,
  updated_at  DATETIME(6)  NOT NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  origin_platform VARCHAR(64) NULL,
  origin_id   VARCHAR(64)  NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_dispatches_unit (warning_id, org_id),
  UNIQUE KEY uq_dispatches_origin (origin_platform, origin_id),
  KEY ix_dispatches_warning (warning_id, is_open, due_at),
  KEY ix_dispatches_warning_l2 (warning_id, org_l2),
  KEY ix_dispatches_warning_l3 (warning_id, org_l3),
  KEY ix_dispatches_warning_sector (warning_id, sector_code),
  KEY ix_dispatches_parent (parent_id),
  KEY ix_dispatches_all (dispatched_at),
  KEY ix_dispatches_l2 (org_l2, dispatched_at),
  KEY ix_dispatches_l3 (org_l3, dispatched_at),
  KEY ix_dispatches_sector (sector_code, dispatched_at),
  KEY ix_dispatches_open_all (is_open, due_at),
  KEY ix_dispatches_open_l2 (org_l2, is_open, due_at),
  KEY ix_dispatches_open_l3 (org_l3, is_open, due_at),
  KEY ix_dispatches_open_sector (sector_code, is_open, due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- One round of feedback. Files hang off it by files.subject_kind = 'feedback'. The organisation is the dispatch's receiver.
CREATE TABLE IF NOT EXISTS feedbacks (
  id          UUID         NOT NULL PRIMARY KEY,
  dispatch_id UUID         NOT NULL,
  round       SMALLINT UNSIGNED NOT NULL,
  result      ENUM('handled','not_involved','unable') NOT NULL,
  body        TEXT         NOT NULL,
  submitted_by UUID        NULL,
  submitted_at DATETIME(6) NOT NULL,
  on_time     BOOLEAN      NOT NULL,
  review      ENUM('accepted','returned','terminated') NULL,
  review_opinion VARCHAR(2000) NULL,
  reviewed_by UUID         NULL,
  reviewed_at DATETIME(6)  NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_feedbacks_round (dispatch_id, round),
  KEY ix_feedbacks_all (submitted_at),
  KEY ix_feedbacks_l2 (org_l2, submitted_at),
  KEY ix_feedbacks_l3 (org_l3, submitted_at),
  KEY ix_feedbacks_sector (sector_code, submitted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What both sides may read of what happened: the audit chain keeps the proof, this keeps the story, with the names as
-- they were. A row without dispatch_id is about the whole warning.
CREATE TABLE IF NOT EXISTS warning_timeline (
  id          UUID         NOT NULL PRIMARY KEY,
  warning_id  UUID         NOT NULL,
  dispatch_id UUID         NULL,
  at          DATETIME(6)  NOT NULL,
  action      VARCHAR(40)  NOT NULL,
  actor_id    UUID         NULL,
  actor_name  VARCHAR(193) NULL,
  actor_org_name VARCHAR(200) NULL,
  opinion     VARCHAR(2000) NULL,
  round       SMALLINT UNSIGNED NULL,
  due_at      DATETIME(6)  NULL,
  amount      INT UNSIGNED NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  KEY ix_timeline_warning (warning_id, at),
  KEY ix_timeline_dispatch (dispatch_id, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
