-- What somebody must learn of. The receiver is one user, or whoever of an organisation holds a permission; without an
-- organisation, whoever holds it and sees the whole platform. Read marks are each user's own: rows of notice_reads, and all
-- that is not newer than notice_marks.read_until.

CREATE TABLE IF NOT EXISTS notices (
  id          UUID         NOT NULL PRIMARY KEY,
  event       VARCHAR(40)  CHARACTER SET ascii NOT NULL,
  level       TINYINT UNSIGNED NOT NULL DEFAULT 0,
  subject_kind VARCHAR(32) CHARACTER SET ascii NULL,
  subject_id  VARCHAR(64)  CHARACTER SET ascii NULL,
  title       VARCHAR(300) NOT NULL,
  facts       TEXT         NOT NULL,
  permission  VARCHAR(64)  CHARACTER SET ascii NULL,
  user_id     UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  org_id      UUID NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  -- the index key of the receiver: a user, an organisation, or nil for the platform
  reader      UUID AS (COALESCE(user_id, org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  KEY ix_notices_reader (reader, created_at, id),
  KEY ix_notices_held (reader, permission, created_at),
  KEY ix_notices_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS notice_reads (
  user_id     UUID         NOT NULL,
  notice_id   UUID         NOT NULL,
  read_at     DATETIME(6)  NOT NULL,
  PRIMARY KEY (user_id, notice_id),
  KEY ix_notice_reads_notice (notice_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS notice_marks (
  user_id     UUID         NOT NULL PRIMARY KEY,
  read_until  DATETIME(6)  NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
