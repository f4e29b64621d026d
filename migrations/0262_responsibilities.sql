-- Who answers for what (责任边界): an organisation supervises (监管), is in charge (主管) or is the one that must act (主体), for a
-- sector, a region, a unit with all below it, or what lies in all of those that are named. The office says for which of the
-- coordinating offices it acts: inspection (检查办), review (审查办), emergency (应急办).
CREATE TABLE IF NOT EXISTS responsibilities (
  id          UUID         NOT NULL PRIMARY KEY,
  kind        ENUM('supervise','charge','subject') NOT NULL,
  office      ENUM('none','inspection','review','emergency') NOT NULL DEFAULT 'none',
  target_sector VARCHAR(16) NULL,
  target_region VARCHAR(6) NULL,
  target_org_id UUID       NULL,
  basis       VARCHAR(300) NULL,
  valid_from  DATE         NOT NULL,
  valid_to    DATE         NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  region_prefix VARCHAR(6) AS (IF(RIGHT(target_region, 4) = '0000', LEFT(target_region, 2), IF(RIGHT(target_region, 2) = '00', LEFT(target_region, 4), target_region))) PERSISTENT,
  target_key  VARCHAR(64)  AS (CONCAT_WS(':', COALESCE(target_sector, ''), COALESCE(target_region, ''), COALESCE(CAST(target_org_id AS CHAR(36)), ''))) PERSISTENT,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_responsibilities (org_id, kind, office, target_key, valid_from),
  KEY ix_responsibilities_target (target_org_id),
  KEY ix_responsibilities_l2 (org_l2),
  KEY ix_responsibilities_l3 (org_l3)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Units outside critical infrastructure that take part of their own accord.
ALTER TABLE orgs ADD COLUMN IF NOT EXISTS is_voluntary BOOLEAN NOT NULL DEFAULT FALSE;
