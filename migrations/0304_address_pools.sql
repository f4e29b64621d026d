-- Who was given which addresses: a tree, as ranges nest. Ranges of one space never overlap but by nesting. used and probed are
-- what the last watch found in it.
CREATE TABLE IF NOT EXISTS address_pools (
  id          UUID         NOT NULL PRIMARY KEY,
  space_id    UUID         NOT NULL,
  lo          BINARY(16)   NOT NULL,
  hi          BINARY(16)   NOT NULL,
  name        VARCHAR(120) NOT NULL,
  purpose     VARCHAR(500) NULL,
  used        BIGINT UNSIGNED NOT NULL DEFAULT 0,
  probed      BIGINT UNSIGNED NOT NULL DEFAULT 0,
  watched_at  DATETIME(6)  NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_address_pools (space_id, lo, hi)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Their use as each day ended.
CREATE TABLE IF NOT EXISTS pool_days (
  pool_id     UUID         NOT NULL,
  day         DATE         NOT NULL,
  used        BIGINT UNSIGNED NOT NULL,
  probed      BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (pool_id, day),
  CONSTRAINT fk_pool_days FOREIGN KEY (pool_id) REFERENCES address_pools (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Ranges (an IPv4 /24, an IPv6 /64) in which an organisation has addresses though no pool holds them.
CREATE TABLE IF NOT EXISTS pool_news (
  id          UUID         NOT NULL PRIMARY KEY,
  space_id    UUID         NOT NULL,
  lo          BINARY(16)   NOT NULL,
  hi          BINARY(16)   NOT NULL,
  addresses   INT UNSIGNED NOT NULL,
  first_seen_at DATETIME(6) NOT NULL,
  seen_at     DATETIME(6)  NOT NULL,
  dismissed   BOOLEAN      NOT NULL DEFAULT FALSE,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_pool_news (space_id, lo, org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
