-- Statistics of assets are read from rows that are kept up, never counted when a page asks (backend/src/statistics/tally.h).
-- place: 'u' + organisation: its own assets; 'o' + organisation: those of it and below; 's' + sector; 'all'.
CREATE TABLE IF NOT EXISTS asset_counts (
  place       VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  class_code  VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  dimension   VARCHAR(24)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  value       VARBINARY(160) NOT NULL,
  n           BIGINT       NOT NULL,
  PRIMARY KEY (place, class_code, dimension, value),
  KEY ix_asset_counts_rank (dimension, class_code, value, place, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The places that an organisation's own assets were last counted into.
CREATE TABLE IF NOT EXISTS asset_count_places (
  org_id      UUID         NOT NULL,
  place       VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (org_id, place),
  KEY ix_asset_count_places (place, org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Organisations whose assets changed since they were counted.
CREATE TABLE IF NOT EXISTS asset_count_notes (
  org_id      UUID         NOT NULL PRIMARY KEY,
  noted_at    DATETIME(6)  NOT NULL,
  KEY ix_asset_count_notes (noted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- One row: whoever counts holds it.
CREATE TABLE IF NOT EXISTS asset_count_state (
  id          TINYINT      NOT NULL PRIMARY KEY,
  counted_at  DATETIME(6)  NULL,
  checked_at  DATETIME(6)  NULL,
  drift       INT UNSIGNED NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT IGNORE INTO asset_count_state (id) VALUES (1);

-- How it stood at the end of a day; never changed later, so that history is what was.
CREATE TABLE IF NOT EXISTS asset_days (
  place       VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day         DATE         NOT NULL,
  total       INT UNSIGNED NOT NULL,
  systems     INT UNSIGNED NOT NULL,
  physical    INT UNSIGNED NOT NULL,
  virtual     INT UNSIGNED NOT NULL,
  domestic    INT UNSIGNED NOT NULL,
  origins     INT UNSIGNED NOT NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  PRIMARY KEY (place, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

ALTER TABLE assets ADD KEY IF NOT EXISTS ix_assets_org (org_id);
-- Everything that is there already is counted once.
INSERT IGNORE INTO asset_count_notes (org_id, noted_at) SELECT DISTINCT org_id, UTC_TIMESTAMP(6) FROM assets;
