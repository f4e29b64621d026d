-- Regions, sectors, organisations, address spaces, people, working days.

CREATE TABLE IF NOT EXISTS regions (
  code        CHAR(6)      NOT NULL PRIMARY KEY,
  name_zh     VARCHAR(60)  NOT NULL,
  name_en     VARCHAR(80)  NOT NULL,
  short_zh    VARCHAR(20)  NOT NULL,
  parent_code CHAR(6)      NULL,
  KEY ix_regions_parent (parent_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS sectors (
  code        VARCHAR(16)  NOT NULL PRIMARY KEY,
  label_zh    VARCHAR(60)  NOT NULL,
  label_en    VARCHAR(80)  NOT NULL,
  sort_order  INT          NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS orgs (
  id          UUID         NOT NULL PRIMARY KEY,
  parent_id   UUID         NULL,
  depth       TINYINT UNSIGNED NOT NULL,
  name        VARCHAR(200) NOT NULL,
  short_name  VARCHAR(60)  NULL,
  uscc        CHAR(18)     NULL,
  org_type    VARCHAR(4)   NOT NULL,
  org_level   VARCHAR(2)   NOT NULL,
  region_code CHAR(6)      NOT NULL,
  is_office   BOOLEAN      NOT NULL DEFAULT FALSE,
  is_cii      BOOLEAN      NOT NULL DEFAULT FALSE,
  is_key      BOOLEAN      NOT NULL DEFAULT FALSE,
  is_realm    BOOLEAN      NOT NULL DEFAULT FALSE,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  address     VARCHAR(300) NULL,
  state       ENUM('active','closed') NOT NULL DEFAULT 'active',
  sort_order  INT          NOT NULL DEFAULT 0,
  origin_platform VARCHAR(64) NULL,
  origin_id   VARCHAR(64)  NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID AS (id) PERSISTENT,
  org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL, org_l6 UUID NULL,
  sector_code VARCHAR(16)  NULL,
  UNIQUE KEY uq_orgs_uscc (uscc),
  UNIQUE KEY uq_orgs_origin (origin_platform, origin_id),
  KEY ix_orgs_parent (parent_id, sort_order, name),
  KEY ix_orgs_region (region_code),
  KEY ix_orgs_sector (sector_code, name),
  KEY ix_orgs_l2 (org_l2, name),
  KEY ix_orgs_l3 (org_l3, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- An address means something only inside its space: every unit uses 10/8.
CREATE TABLE IF NOT EXISTS address_spaces (
  id          UUID         NOT NULL PRIMARY KEY,
  kind        ENUM('internet','gov_extranet','private') NOT NULL,
  name        VARCHAR(120) NOT NULL,
  org_id      UUID         NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  created_at  DATETIME(6)  NOT NULL,
  KEY ix_spaces_org (org_id, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Persons live here only. phone, mobile, email are sealed (secret_put); *_index are keyed blind indexes.
CREATE TABLE IF NOT EXISTS people (
  id          UUID         NOT NULL PRIMARY KEY,
  name        VARCHAR(64)  NOT NULL,
  title       VARCHAR(64)  NULL,
  duty        ENUM('principal','security_leader','department_head','liaison','emergency','staff') NOT NULL DEFAULT 'staff',
  phone_secret  VARBINARY(256) NULL,
  phone_index   BINARY(16)     NULL,
  mobile_secret VARBINARY(256) NULL,
  mobile_index  BINARY(16)     NULL,
  email_secret  VARBINARY(512) NULL,
  email_index   BINARY(16)     NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  KEY ix_people_org (org_id, duty, name),
  KEY ix_people_l2 (org_l2, name),
  KEY ix_people_l3 (org_l3, name),
  KEY ix_people_mobile (mobile_index),
  KEY ix_people_phone (phone_index),
  KEY ix_people_email (email_index)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Only the days that differ from "Monday to Friday are working days": holidays and shifted working days (调休).
CREATE TABLE IF NOT EXISTS calendar_days (
  realm_org_id UUID NULL,
  day         DATE         NOT NULL,
  working     BOOLEAN      NOT NULL,
  label_zh    VARCHAR(40)  NOT NULL,
  label_en    VARCHAR(60)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_calendar (realm_key, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
