-- The asset registry: classes and categories as data, assets, their addresses, import rows.

CREATE TABLE IF NOT EXISTS asset_classes (
  code        VARCHAR(16)  NOT NULL PRIMARY KEY,
  label_zh    VARCHAR(40)  NOT NULL,
  label_en    VARCHAR(60)  NOT NULL,
  number_part CHAR(2)      NOT NULL,
  sort_order  INT          NOT NULL,
  attributes  LONGTEXT     NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Three levels: "03", "03.01" below a class; code is unique inside the class.
CREATE TABLE IF NOT EXISTS asset_categories (
  class_code  VARCHAR(16)  NOT NULL,
  code        VARCHAR(12)  NOT NULL,
  parent_code VARCHAR(12)  NULL,
  label_zh    VARCHAR(60)  NOT NULL,
  label_en    VARCHAR(80)  NOT NULL,
  sort_order  INT          NOT NULL,
  PRIMARY KEY (class_code, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Code lists of the field (states, network kinds, origins, ...); items may hang below another item (cascades).
CREATE TABLE IF NOT EXISTS dictionary_items (
  realm_org_id UUID        NULL,
  dictionary  VARCHAR(40)  NOT NULL,
  code        VARCHAR(60)  NOT NULL,
  parent_code VARCHAR(60)  NULL,
  label_zh    VARCHAR(120) NOT NULL,
  label_en    VARCHAR(160) NOT NULL,
  sort_order  INT          NOT NULL,
  active      BOOLEAN      NOT NULL DEFAULT TRUE,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_dictionary_item (realm_key, dictionary, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Indexes: one for each scope kind and sort key, one for each with the class before the sort key; the suffix is what a
-- scoped statement names. A unit's subtree below level 3 is read through its level 3.
CREATE TABLE IF NOT EXISTS assets (
  id          UUID         NOT NULL PRIMARY KEY,
  asset_no    VARCHAR(32)  NOT NULL,
  class_code  VARCHAR(16)  NOT NULL,
  category_code VARCHAR(12) NULL,
  name        VARCHAR(200) NOT NULL,
  state_code  CHAR(2)      NOT NULL,
  importance  CHAR(1)      NULL,
  network_env CHAR(2)      NULL,
  internet_exposed BOOLEAN NOT NULL DEFAULT FALSE,
  mlps_level  CHAR(1)      NULL,
  brand       VARCHAR(80)  NULL,
  model       VARCHAR(80)  NULL,
  os_name     VARCHAR(80)  NULL,
  os_version  VARCHAR(60)  NULL,
  origin_code CHAR(1)      NULL,
  main_address VARCHAR(255) NULL,
  person_id   UUID         NULL,
  room        VARCHAR(120) NULL,
  remark      VARCHAR(2000) NULL,
  source_code CHAR(2)      NOT NULL,
  match_key   BINARY(16)   NOT NULL,
  confidence  TINYINT UNSIGNED NOT NULL DEFAULT 100,
  first_seen_at DATETIME(6) NULL,
  last_seen_at DATETIME(6) NULL,
  attributes  LONGTEXT     NULL,
  form_version INT UNSIGNED NOT NULL DEFAULT 1,
  import_id   UUID         NULL,
  origin_platform VARCHAR(64) NULL,
  origin_id   VARCHAR(64)  NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_assets_no (asset_no),
  UNIQUE KEY uq_assets_origin (origin_platform, origin_id),
  KEY ix_assets_match (match_key),
  KEY ix_assets_all (updated_at, id),
  KEY ix_assets_class_all (class_code, updated_at, id),
  KEY ix_assets_l2 (org_l2, updated_at, id),
  KEY ix_assets_class_l2 (org_l2, class_code, updated_at, id),
  KEY ix_assets_l3 (org_l3, updated_at, id),
  KEY ix_assets_class_l3 (org_l3, class_code, updated_at, id),
  KEY ix_assets_sector (sector_code, updated_at, id),
  KEY ix_assets_class_sector (sector_code, class_code, updated_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Where an asset is reached: the claims that ownership reads. A claim is closed (valid_to), never deleted, so that an event
-- can be resolved at its own time. lo and hi are 16 bytes, IPv4 mapped into ::ffff:0:0/96.
CREATE TABLE IF NOT EXISTS asset_addresses (
  id          UUID         NOT NULL PRIMARY KEY,
  asset_id    UUID         NOT NULL,
  space_id    UUID         NOT NULL,
  kind        ENUM('ip','range','domain','url','mac') NOT NULL,
  value       VARCHAR(255) NOT NULL,
  lo          BINARY(16)   NULL,
  hi          BINARY(16)   NULL,
  host        VARCHAR(253) NULL,
  valid_from  DATETIME(6)  NOT NULL,
  valid_to    DATETIME(6)  NULL,
  source_code CHAR(2)      NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  KEY ix_asset_addresses_asset (asset_id),
  KEY ix_asset_addresses_lo (space_id, lo),
  KEY ix_asset_addresses_host (host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What became of each row of an import. row_no counts from 1 after the header.
CREATE TABLE IF NOT EXISTS import_rows (
  job_id      UUID         NOT NULL,
  row_no      INT UNSIGNED NOT NULL,
  outcome     ENUM('created','updated','unchanged','rejected','undone','kept') NOT NULL,
  asset_id    UUID         NULL,
  asset_version INT UNSIGNED NULL,
  column_name VARCHAR(120) NULL,
  code        VARCHAR(32)  NULL,
  message     VARCHAR(300) NULL,
  PRIMARY KEY (job_id, row_no),
  KEY ix_import_rows_outcome (job_id, outcome, row_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
