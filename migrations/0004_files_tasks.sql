-- Files by content, and to-dos.

CREATE TABLE IF NOT EXISTS files (
  id          UUID         NOT NULL PRIMARY KEY,
  sha256      BINARY(32)   NOT NULL,
  bytes       BIGINT UNSIGNED NOT NULL,
  name        VARCHAR(255) NOT NULL,
  media_type  VARCHAR(100) NOT NULL,
  use_kind    VARCHAR(32)  NOT NULL,
  subject_kind VARCHAR(32) NULL,
  subject_id  UUID         NULL,
  created_by  UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  KEY ix_files_content (sha256),
  KEY ix_files_subject (subject_kind, subject_id),
  KEY ix_files_orphans (subject_id, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS file_copies (
  sha256      BINARY(32)   NOT NULL,
  host        VARCHAR(64)  NOT NULL,
  created_at  DATETIME(6)  NOT NULL,
  PRIMARY KEY (sha256, host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A to-do: somebody (a user, or a role inside an organisation) is to act on a subject. Exactly one row per open step.
CREATE TABLE IF NOT EXISTS tasks (
  id          UUID         NOT NULL PRIMARY KEY,
  subject_kind VARCHAR(32) NOT NULL,
  subject_id  UUID         NOT NULL,
  root_id     UUID         NULL,
  step        VARCHAR(32)  NOT NULL,
  title       VARCHAR(200) NOT NULL,
  level       TINYINT UNSIGNED NULL,
  permission  VARCHAR(64)  NOT NULL,
  user_id     UUID         NULL,
  state       ENUM('open','done','cancelled') NOT NULL DEFAULT 'open',
  outcome     VARCHAR(32)  NULL,
  opinion     VARCHAR(2000) NULL,
  due_at      DATETIME(6)  NULL,
  opened_at   DATETIME(6)  NOT NULL,
  closed_at   DATETIME(6)  NULL,
  closed_by   UUID         NULL,
  closed_org_id UUID       NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  open_key    VARCHAR(110) AS (IF(state = 'open', CONCAT(subject_id, ':', step), NULL)) PERSISTENT,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_tasks_open (open_key),
  KEY ix_tasks_todo (org_id, state, permission, due_at),
  KEY ix_tasks_done (closed_by, closed_at),
  KEY ix_tasks_done_org (closed_org_id, closed_at),
  KEY ix_tasks_subject (subject_kind, subject_id, opened_at),
  KEY ix_tasks_root (root_id, opened_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
