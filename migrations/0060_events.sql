-- Events: who sends them (sources), what was accepted (requests, batches, parts), what became of it (keys, events).

-- client_id NULL: uploads by people. A default source is made for a client that has none (unique per client and format).
CREATE TABLE IF NOT EXISTS sources (
  id          UUID         NOT NULL PRIMARY KEY,
  name        VARCHAR(120) NOT NULL,
  client_id   UUID         NULL,
  space_id    UUID         NOT NULL,
  format      ENUM('eve','hisec','generic') NOT NULL,
  trust       TINYINT UNSIGNED NOT NULL DEFAULT 80,
  tz          VARCHAR(40)  NOT NULL DEFAULT 'Asia/Shanghai',
  victim      ENUM('auto','destination','source') NOT NULL DEFAULT 'auto',
  state       ENUM('active','disabled') NOT NULL DEFAULT 'active',
  default_key VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_sources_default (default_key),
  KEY ix_sources_client (client_id, format),
  KEY ix_sources_all (name, id),
  KEY ix_sources_l2 (org_l2, name, id),
  KEY ix_sources_l3 (org_l3, name, id),
  KEY ix_sources_sector (sector_code, name, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A request that was answered: the same body of the same sender within 24 hours gets the same answer. digest is BLAKE2b of
-- format, source and body.
CREATE TABLE IF NOT EXISTS event_requests (
  principal   UUID         NOT NULL,
  digest      BINARY(32)   NOT NULL,
  received_at DATETIME(6)  NOT NULL,
  answer      MEDIUMTEXT   NOT NULL,
  PRIMARY KEY (principal, digest),
  KEY ix_event_requests_age (received_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The accepted lines of a request as they were received, ordered by partition: zstd of the lines, each with its newline.
CREATE TABLE IF NOT EXISTS event_batches (
  id          UUID         NOT NULL PRIMARY KEY,
  source_id   UUID         NOT NULL,
  principal   UUID         NOT NULL,
  format      TINYINT UNSIGNED NOT NULL,
  received_at DATETIME(6)  NOT NULL,
  line_count  INT UNSIGNED NOT NULL,
  byte_count  INT UNSIGNED NOT NULL,
  body        MEDIUMBLOB   NOT NULL,
  KEY ix_event_batches_source (source_id, received_at, line_count)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Lines of a batch that wait for their partition's worker. Gone in the transaction that stores their events: what is not
-- here is done.
CREATE TABLE IF NOT EXISTS event_parts (
  part        TINYINT UNSIGNED NOT NULL,
  batch_id    UUID         NOT NULL,
  first_line  INT UNSIGNED NOT NULL,
  line_count  INT UNSIGNED NOT NULL,
  PRIMARY KEY (part, batch_id, first_line)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- One row for each name of an event. event_id NULL: a change of status that came before its event, kept until it comes.
CREATE TABLE IF NOT EXISTS event_keys (
  dedup_key   BINARY(16)   NOT NULL PRIMARY KEY,
  event_id    UUID         NULL,
  day         DATE         NULL,
  status      VARCHAR(30)  NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- An event's id is a UUID v7 of the time at which it happened, so the primary key is the order of the lists, an id leads to
-- its partition, and each index below ends in that order. The organisation is the owner's: all NULL when nobody owns it.
-- The first partition takes what is older than the first day, the last what is newer than the days made ahead
-- (tongchou-ctl migrate and a daily duty split it): no insert ever fails for its day.
CREATE TABLE IF NOT EXISTS events (
  id          UUID         NOT NULL,
  day         DATE         NOT NULL,
  occurred_at DATETIME(6)  NOT NULL,
  received_at DATETIME(6)  NOT NULL,
  last_seen_at DATETIME(6) NULL,
  source_id   UUID         NOT NULL,
  batch_id    UUID         NULL,
  line_no     INT UNSIGNED NOT NULL,
  format      TINYINT UNSIGNED NOT NULL,
  severity    TINYINT UNSIGNED NOT NULL,
  name        VARCHAR(500) NOT NULL,
  category    VARCHAR(200) NULL,
  type        VARCHAR(60)  NULL,
  src_ip      BINARY(16)   NULL,
  dst_ip      BINARY(16)   NULL,
  victim_ip   BINARY(16)   NULL,
  src_port    SMALLINT UNSIGNED NULL,
  dst_port    SMALLINT UNSIGNED NULL,
  protocol    VARCHAR(30)  NULL,
  app         VARCHAR(60)  NULL,
  url         VARCHAR(2000) NULL,
  domain      VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NULL,
  file_hash   VARCHAR(128) NULL,
  rule_id     VARCHAR(100) NULL,
  status      VARCHAR(30)  NULL,
  merge_count BIGINT UNSIGNED NOT NULL DEFAULT 1,
  verdict     TINYINT UNSIGNED NOT NULL,
  method      TINYINT UNSIGNED NOT NULL,
  confidence  TINYINT UNSIGNED NOT NULL,
  asset_id    UUID         NULL,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  org_id      UUID NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  PRIMARY KEY (id, day),
  KEY ix_events_l2 (org_l2),
  KEY ix_events_l3 (org_l3),
  KEY ix_events_sector (sector_code),
  KEY ix_events_victim (victim_ip),
  KEY ix_events_domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
PARTITION BY RANGE COLUMNS (day) (
  PARTITION p_first VALUES LESS THAN ('2020-01-01'),
  PARTITION p_ahead VALUES LESS THAN (MAXVALUE)
);
