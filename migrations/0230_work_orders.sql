-- Links to ticket systems of units, and one work order for each dispatch that goes over a link.
CREATE TABLE IF NOT EXISTS work_order_links (
  id          UUID         NOT NULL PRIMARY KEY,
  name        VARCHAR(60)  NOT NULL,
  state       ENUM('active','disabled') NOT NULL DEFAULT 'active',
  url         VARCHAR(500) NOT NULL,
  mac         ENUM('sm3','sha256') NOT NULL,
  secret      VARBINARY(512) NOT NULL,
  client_id   UUID         NOT NULL,
  level       TINYINT UNSIGNED NOT NULL,
  mapping     TEXT         NOT NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_work_order_links (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- sent_state: the state of the dispatch that the other side has acknowledged; waiting until it is the present one.
CREATE TABLE IF NOT EXISTS work_orders (
  id          UUID         NOT NULL PRIMARY KEY,
  link_id     UUID         NOT NULL,
  dispatch_id UUID         NOT NULL,
  state       ENUM('waiting','sent','dead') NOT NULL DEFAULT 'waiting',
  ticket      VARCHAR(120) NULL,
  ticket_state VARCHAR(60) NULL,
  sent_state  VARCHAR(20)  CHARACTER SET ascii NULL,
  attempts    INT UNSIGNED NOT NULL DEFAULT 0,
  next_try    DATETIME(6)  NOT NULL,
  error       VARCHAR(300) NULL,
  sent_at     DATETIME(6)  NULL,
  heard_at    DATETIME(6)  NULL,
  created_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_work_orders_dispatch (dispatch_id),
  KEY ix_work_orders_due (state, next_try),
  KEY ix_work_orders_ticket (link_id, ticket),
  KEY ix_work_orders_list (org_id, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Messages that were heard: none counts twice. Older ones are refused by their time.
CREATE TABLE IF NOT EXISTS work_order_heard (
  link_id     UUID         NOT NULL,
  message     VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  heard_at    DATETIME(6)  NOT NULL,
  PRIMARY KEY (link_id, message),
  KEY ix_work_order_heard (heard_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
