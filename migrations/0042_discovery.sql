-- What scans have found. A host is one address in one address space; it is seen again, never doubled.

-- One scan; its id is the id of the job that reads the file. The organisation columns are those of whoever scanned.
CREATE TABLE IF NOT EXISTS discoveries (
  id          UUID         NOT NULL PRIMARY KEY,
  space_id    UUID         NOT NULL,
  file_name   VARCHAR(255) NOT NULL,
  scanner     VARCHAR(64)  NULL,
  arguments   VARCHAR(512) NULL,
  scan_from   DATETIME(6)  NULL,
  scan_to     DATETIME(6)  NULL,
  hosts       INT UNSIGNED NULL,
  hosts_up    INT UNSIGNED NULL,
  services    BIGINT UNSIGNED NULL,
  partial     BOOLEAN      NOT NULL DEFAULT FALSE,
  created_by  UUID         NULL,
  created_at  DATETIME(6)  NOT NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  KEY ix_discoveries_all (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The organisation columns say whose the row is: the owner's, or while it has none those of found_by, who scanned it.
CREATE TABLE IF NOT EXISTS discovered_hosts (
  id          UUID         NOT NULL PRIMARY KEY,
  space_id    UUID         NOT NULL,
  ip          BINARY(16)   NOT NULL,
  address     VARCHAR(45)  NOT NULL,
  hostnames   TEXT         NULL,
  mac         VARCHAR(17)  NULL,
  vendor      VARCHAR(120) NULL,
  os          VARCHAR(200) NULL,
  verdict     ENUM('owned','ambiguous','unowned') NOT NULL,
  owned       BOOLEAN AS (verdict = 'owned') PERSISTENT,
  method      VARCHAR(16)  NULL,
  confidence  TINYINT UNSIGNED NOT NULL,
  asset_id    UUID         NULL,
  found_by    UUID         NOT NULL,
  discovery_id UUID        NOT NULL,
  first_seen_at DATETIME(6) NOT NULL,
  last_seen_at DATETIME(6) NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_discovered_hosts (space_id, ip),
  KEY ix_hosts_address (address),
  KEY ix_hosts_asset (asset_id),
  KEY ix_hosts_all (last_seen_at, id),
  KEY ix_hosts_l2 (org_l2, last_seen_at, id),
  KEY ix_hosts_l3 (org_l3, last_seen_at, id),
  KEY ix_hosts_sector (sector_code, last_seen_at, id),
  KEY ix_hosts_owned_all (owned, last_seen_at, id),
  KEY ix_hosts_owned_l2 (org_l2, owned, last_seen_at, id),
  KEY ix_hosts_owned_l3 (org_l3, owned, last_seen_at, id),
  KEY ix_hosts_owned_sector (sector_code, owned, last_seen_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Names of hosts, read backwards as well, so that a registered domain finds the names below it.
CREATE TABLE IF NOT EXISTS discovered_names (
  host_id     UUID         NOT NULL,
  name        VARCHAR(253) NOT NULL,
  backwards   VARCHAR(253) AS (REVERSE(name)) PERSISTENT,
  PRIMARY KEY (host_id, name),
  KEY ix_discovered_names (backwards)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS discovered_services (
  host_id     UUID         NOT NULL,
  protocol    VARCHAR(8)   NOT NULL,
  port        SMALLINT UNSIGNED NOT NULL,
  service     VARCHAR(60)  NULL,
  product     VARCHAR(120) NULL,
  product_version VARCHAR(60) NULL,
  extra       VARCHAR(200) NULL,
  cpe         VARCHAR(200) NULL,
  first_seen_at DATETIME(6) NOT NULL,
  last_seen_at DATETIME(6) NOT NULL,
  PRIMARY KEY (host_id, protocol, port)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Which hosts a scan has seen.
CREATE TABLE IF NOT EXISTS discovery_hosts (
  discovery_id UUID        NOT NULL,
  host_id     UUID         NOT NULL,
  PRIMARY KEY (discovery_id, host_id),
  KEY ix_discovery_hosts_host (host_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
