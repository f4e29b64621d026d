-- What units report of their assets, until it is accepted: a record to be registered, a change, a retirement, a file to be
-- imported. Nothing of it is in the registry before; content is what it will be, before is what it was when it was asked for.
CREATE TABLE IF NOT EXISTS asset_changes (
  id          UUID         NOT NULL PRIMARY KEY,
  action      ENUM('register','update','retire','import') NOT NULL,
  state       ENUM('review','accepted','rejected','withdrawn','stale') NOT NULL DEFAULT 'review',
  asset_id    UUID         NULL,
  base_version INT UNSIGNED NULL,
  class_code  VARCHAR(16)  NULL,
  title       VARCHAR(200) NOT NULL,
  content     LONGTEXT     NOT NULL,
  before_json LONGTEXT     NULL,
  reason      VARCHAR(500) NULL,
  opinion     VARCHAR(2000) NULL,
  created_by  UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  ended_at    DATETIME(6)  NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  open_asset  UUID AS (IF(state = 'review', asset_id, NULL)) PERSISTENT,
  UNIQUE KEY uq_asset_changes_open (open_asset),
  KEY ix_asset_changes_asset (asset_id, created_at),
  KEY ix_asset_changes_all (created_at, id),
  KEY ix_asset_changes_l2 (org_l2, created_at, id),
  KEY ix_asset_changes_l3 (org_l3, created_at, id),
  KEY ix_asset_changes_sector (sector_code, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
