-- The audit trail: the history row of a record is its audit row. One chain (segment) per writing process.

CREATE TABLE IF NOT EXISTS audit_log (
  id          UUID         NOT NULL PRIMARY KEY,
  segment     UUID         NOT NULL,
  n           INT UNSIGNED NOT NULL,
  prev        BINARY(32)   NOT NULL,
  mac         BINARY(32)   NOT NULL,
  at          DATETIME(6)  NOT NULL,
  actor_user  UUID         NULL,
  actor_client UUID        NULL,
  actor_org   UUID         NULL,
  address     VARCHAR(45)  NOT NULL,
  request_id  VARCHAR(64)  NOT NULL,
  action      VARCHAR(64)  NOT NULL,
  subject_kind VARCHAR(32) NOT NULL,
  subject_id  VARCHAR(64)  NULL,
  result      VARCHAR(32)  NOT NULL,
  job_id      UUID         NULL,
  before_json LONGTEXT     NULL,
  after_json  LONGTEXT     NULL,
  org_id      UUID NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_audit_chain (segment, n),
  KEY ix_audit_subject (subject_kind, subject_id, at),
  KEY ix_audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS audit_segments (
  id          UUID         NOT NULL PRIMARY KEY,
  holder      VARCHAR(64)  NOT NULL,
  opened_at   DATETIME(6)  NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS audit_seals (
  seq         BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  at          DATETIME(6)  NOT NULL,
  root        BINARY(32)   NOT NULL,
  prev_root   BINARY(32)   NOT NULL,
  heads       LONGTEXT     NOT NULL,
  signature   VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
