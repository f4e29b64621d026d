-- Flows are data of a realm or, with realm_org_id NULL, of the platform; at most one of a kind is in force in each. A published
-- version never changes and the instances that run by it keep it; draft is what is being worked on, NULL when there is nothing newer.
CREATE TABLE IF NOT EXISTS flows (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  kind        VARCHAR(32)  NOT NULL,
  name        VARCHAR(100) NOT NULL,
  state       ENUM('draft','active','retired') NOT NULL DEFAULT 'draft',
  n           INT UNSIGNED NOT NULL DEFAULT 0,
  draft       LONGTEXT     NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  updated_by  UUID         NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  active_kind VARCHAR(32) AS (IF(state = 'active', kind, NULL)) PERSISTENT,
  UNIQUE KEY uq_flows_active (active_kind, realm_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS flow_versions (
  flow_id     UUID         NOT NULL,
  n           INT UNSIGNED NOT NULL,
  xml         LONGTEXT     NOT NULL,
  note        VARCHAR(500) NULL,
  published_at DATETIME(6) NOT NULL,
  published_by UUID        NULL,
  PRIMARY KEY (flow_id, n),
  CONSTRAINT fk_flow_versions FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- data is the state of the engine; what others look for stands in columns. A subject runs through one instance of a kind at a time.
CREATE TABLE IF NOT EXISTS flow_instances (
  id          UUID         NOT NULL PRIMARY KEY,
  flow_id     UUID         NOT NULL,
  n           INT UNSIGNED NOT NULL,
  kind        VARCHAR(32)  NOT NULL,
  subject_id  UUID         NOT NULL,
  title       VARCHAR(200) NOT NULL,
  level       TINYINT UNSIGNED NULL,
  state       ENUM('running','paused','ended','withdrawn','terminated') NOT NULL DEFAULT 'running',
  result      VARCHAR(40)  NULL,
  data        LONGTEXT     NOT NULL,
  initiator_id UUID        NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  running_key VARCHAR(80) AS (IF(state IN ('running','paused'), CONCAT(kind, ':', subject_id), NULL)) PERSISTENT,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_flow_instances_running (running_key),
  KEY ix_flow_instances_subject (subject_id, kind, created_at),
  CONSTRAINT fk_flow_instances FOREIGN KEY (flow_id, n) REFERENCES flow_versions (flow_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS flow_timers (
  instance_id UUID         NOT NULL,
  seat        INT UNSIGNED NOT NULL,
  node        VARCHAR(64)  NOT NULL,
  fire_at     DATETIME(6)  NOT NULL,
  PRIMARY KEY (instance_id, seat, node),
  KEY ix_flow_timers_due (fire_at),
  CONSTRAINT fk_flow_timers FOREIGN KEY (instance_id) REFERENCES flow_instances (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What happened to an instance, in the words of then.
CREATE TABLE IF NOT EXISTS flow_moments (
  id          UUID         NOT NULL PRIMARY KEY,
  instance_id UUID         NOT NULL,
  at          DATETIME(6)  NOT NULL,
  act         VARCHAR(20)  NOT NULL,
  node_name   VARCHAR(100) NULL,
  actor_id    UUID         NULL,
  actor_name  VARCHAR(193) NULL,
  actor_org_name VARCHAR(200) NULL,
  whom        VARCHAR(1000) NULL,
  outcome     VARCHAR(40)  NULL,
  opinion     VARCHAR(2000) NULL,
  due_at      DATETIME(6)  NULL,
  KEY ix_flow_moments (instance_id, at),
  CONSTRAINT fk_flow_moments FOREIGN KEY (instance_id) REFERENCES flow_instances (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
