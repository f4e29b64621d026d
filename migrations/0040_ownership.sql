-- Whose an address is when nobody registered it: the organisation that looks after a sector, in a realm (configuration).
CREATE TABLE IF NOT EXISTS sector_defaults (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  sector_code VARCHAR(16)  NOT NULL,
  org_id      UUID         NOT NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  updated_at  DATETIME(6)  NOT NULL DEFAULT UTC_TIMESTAMP(6),
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_sector_defaults (realm_key, sector_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
