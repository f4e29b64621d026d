-- Reports by machine: a batch is answered once, and again with the same answer.
CREATE TABLE IF NOT EXISTS asset_batches (
  id          UUID         NOT NULL PRIMARY KEY,
  digest      CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reply       LONGTEXT     NOT NULL,
  created_by  UUID         NOT NULL,
  created_at  DATETIME(6)  NOT NULL,
  KEY ix_asset_batches_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What has changed, for those who keep a copy: each asset once, by the number of its last change. Written after the commit, one
-- change after the other, so that who has read up to a number has seen all below it.
CREATE TABLE IF NOT EXISTS asset_feed (
  seq         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  asset_id    UUID         NOT NULL,
  deleted     BOOLEAN      NOT NULL,
  at          DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_asset_feed (asset_id),
  KEY ix_asset_feed_l2 (org_l2, seq),
  KEY ix_asset_feed_l3 (org_l3, seq),
  KEY ix_asset_feed_sector (sector_code, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT IGNORE INTO asset_feed (asset_id, deleted, at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code)
  SELECT id, FALSE, updated_at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM assets ORDER BY updated_at, id;
