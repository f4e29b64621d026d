-- An organisation's new place: a new parent (move), into another one (merge), another sector. One at a time on the platform
-- (open_key). Rows of units carry their place, so it is re-stamped in two passes around the change of the tree: see org/restamp.h.
CREATE TABLE IF NOT EXISTS org_moves (
  id          UUID         NOT NULL PRIMARY KEY,
  kind        ENUM('move','merge','sector') NOT NULL,
  subject_id  UUID         NOT NULL,
  subject_name VARCHAR(200) NOT NULL,
  target_id   UUID         NULL,
  target_name VARCHAR(200) NULL,
  sector_code VARCHAR(16)  NULL,
  state       ENUM('narrowing','widening','done') NOT NULL DEFAULT 'narrowing',
  units       INT UNSIGNED NOT NULL,
  job_id      UUID         NOT NULL,
  created_by  UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  switched_at DATETIME(6)  NULL,
  finished_at DATETIME(6)  NULL,
  open_key    TINYINT AS (IF(state = 'done', NULL, 1)) PERSISTENT,
  UNIQUE KEY uq_org_moves_open (open_key),
  KEY ix_org_moves_subject (subject_id),
  KEY ix_org_moves_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Where each organisation of a move comes to lie: n1..n6 what holds before and after, w1..w6 what holds after.
CREATE TABLE IF NOT EXISTS org_move_units (
  move_id     UUID         NOT NULL,
  unit_id     UUID         NOT NULL,
  to_org      UUID         NOT NULL,
  depth       TINYINT UNSIGNED NOT NULL,
  n1 UUID NULL, n2 UUID NULL, n3 UUID NULL, n4 UUID NULL, n5 UUID NULL, n6 UUID NULL, n_sector VARCHAR(16) NULL,
  w1 UUID NULL, w2 UUID NULL, w3 UUID NULL, w4 UUID NULL, w5 UUID NULL, w6 UUID NULL, w_sector VARCHAR(16) NULL,
  PRIMARY KEY (move_id, unit_id),
  CONSTRAINT fk_org_move_units FOREIGN KEY (move_id) REFERENCES org_moves (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

ALTER TABLE orgs ADD COLUMN IF NOT EXISTS merged_into UUID NULL;
INSERT INTO counters (name, value) VALUES ('org_tree', 0) ON DUPLICATE KEY UPDATE value = value;
