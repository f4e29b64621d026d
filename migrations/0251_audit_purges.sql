-- Deleting old audit records: asked for by one administrator, decided by another. The mac covers who, until when and the decision.
CREATE TABLE IF NOT EXISTS audit_purges (
  id          UUID         NOT NULL PRIMARY KEY,
  before_at   DATETIME(6)  NOT NULL,
  reason      VARCHAR(400) NOT NULL,
  state       ENUM('asked','rejected','approved','done') NOT NULL DEFAULT 'asked',
  asked_by    UUID         NOT NULL,
  asked_at    DATETIME(6)  NOT NULL,
  decided_by  UUID         NULL,
  decided_at  DATETIME(6)  NULL,
  mac         BINARY(32)   NULL,
  job_id      UUID         NULL,
  deleted     BIGINT UNSIGNED NULL,
  open_one    BOOLEAN AS (IF(state IN ('asked', 'approved'), TRUE, NULL)) PERSISTENT,
  UNIQUE KEY uq_audit_purges_open (open_one),
  KEY ix_audit_purges_at (asked_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The last seal that covered rows of the segment; what is there already was sealed before now.
ALTER TABLE audit_segments ADD COLUMN IF NOT EXISTS sealed_at DATETIME(6) NULL;
UPDATE audit_segments SET sealed_at = (SELECT MAX(at) FROM audit_seals) WHERE sealed_at IS NULL AND sealed_rows > 0;
