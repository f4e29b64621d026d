-- What every process shares: leases, configuration versions, outbox, jobs, idempotency, numbers.
-- Conventions of all tables: ids are UUID v7; DATETIME(6) is UTC; a row that belongs to a unit carries org_id, one
-- column per organisation level (org_l1 .. org_l6, stamped from the tree, NULL below the unit) and sector_code;
-- configuration rows carry realm_org_id (NULL: the platform's own).

CREATE TABLE IF NOT EXISTS leases (
  name        VARCHAR(64)  NOT NULL PRIMARY KEY,
  holder      VARCHAR(64)  NOT NULL,
  until_at    DATETIME(6)  NOT NULL,
  data        VARCHAR(255) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS config_versions (
  kind        VARCHAR(32)  NOT NULL PRIMARY KEY,
  version     BIGINT UNSIGNED NOT NULL DEFAULT 1,
  changed_at  DATETIME(6)  NOT NULL DEFAULT UTC_TIMESTAMP(6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS settings (
  realm_org_id UUID NULL,
  name        VARCHAR(64)  NOT NULL,
  value       TEXT         NOT NULL,
  changed_at  DATETIME(6)  NOT NULL DEFAULT UTC_TIMESTAMP(6),
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_settings (realm_key, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS outbox (
  id          UUID         NOT NULL PRIMARY KEY,
  topic       VARCHAR(32)  NOT NULL,
  subject_id  VARCHAR(64)  NOT NULL,
  payload     LONGTEXT     NOT NULL,
  created_at  DATETIME(6)  NOT NULL,
  change_seq  BIGINT UNSIGNED NULL,
  UNIQUE KEY uq_outbox_seq (change_seq),
  KEY ix_outbox_topic (topic, change_seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS counters (
  name        VARCHAR(64)  NOT NULL PRIMARY KEY,
  value       BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS idempotency_keys (
  principal   VARCHAR(64)  NOT NULL,
  operation   VARCHAR(64)  NOT NULL,
  idem_key    VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_digest BINARY(32)   NOT NULL,
  status      SMALLINT UNSIGNED NULL,
  reply       MEDIUMBLOB   NULL,
  created_at  DATETIME(6)  NOT NULL,
  expires_at  DATETIME(6)  NOT NULL,
  PRIMARY KEY (principal, operation, idem_key),
  KEY ix_idempotency_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A number series hands out blocks: YJ-530000-2026-000123. Gaps are allowed, repeats are not.
CREATE TABLE IF NOT EXISTS number_series (
  kind        VARCHAR(16)  NOT NULL,
  issuer      VARCHAR(12)  NOT NULL,
  year        SMALLINT UNSIGNED NOT NULL,
  next_value  BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (kind, issuer, year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Long work. Rows are the truth; the Redis stream only rings the bell.
CREATE TABLE IF NOT EXISTS jobs (
  id          UUID         NOT NULL PRIMARY KEY,
  kind        VARCHAR(32)  NOT NULL,
  state       ENUM('queued','running','done','failed') NOT NULL DEFAULT 'queued',
  params      LONGTEXT     NOT NULL,
  checkpoint  LONGTEXT     NULL,
  result      LONGTEXT     NULL,
  error       VARCHAR(500) NULL,
  rows_total  BIGINT UNSIGNED NULL,
  rows_done   BIGINT UNSIGNED NOT NULL DEFAULT 0,
  created     BIGINT UNSIGNED NOT NULL DEFAULT 0,
  updated     BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rejected    BIGINT UNSIGNED NOT NULL DEFAULT 0,
  attempts    INT UNSIGNED NOT NULL DEFAULT 0,
  lease_holder VARCHAR(64) NULL,
  lease_until DATETIME(6)  NULL,
  not_before  DATETIME(6)  NULL,
  created_by  UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  started_at  DATETIME(6)  NULL,
  finished_at DATETIME(6)  NULL,
  org_id      UUID NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  KEY ix_jobs_state (state, not_before, created_at),
  KEY ix_jobs_owner (created_by, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
