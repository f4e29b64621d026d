-- How notices leave the platform: channels, templates, rules, quiet hours, preferences, and the addresses that may be called.

CREATE TABLE IF NOT EXISTS notify_channels (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  kind        ENUM('email','webhook','sms') NOT NULL,
  name        VARCHAR(60)  NOT NULL,
  state       ENUM('active','disabled') NOT NULL DEFAULT 'active',
  config      TEXT         NOT NULL,
  secret      VARBINARY(2048) NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_notify_channels (realm_key, kind, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- level 0: whatever has no template of its own level; event '*' the same for events.
CREATE TABLE IF NOT EXISTS notify_templates (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  event       VARCHAR(40)  CHARACTER SET ascii NOT NULL,
  level       TINYINT UNSIGNED NOT NULL DEFAULT 0,
  kind        ENUM('email','sms') NOT NULL,
  lang        ENUM('zh-CN','en') NOT NULL,
  subject     VARCHAR(200) NOT NULL DEFAULT '',
  body        TEXT         NOT NULL,
  builtin     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_notify_templates (realm_key, event, level, kind, lang)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- levels: bit n for level n (bit 0: notices without a level). audience: who the notice is for, or people of its
-- organisation by duty, or accounts there by role.
CREATE TABLE IF NOT EXISTS notify_rules (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  event       VARCHAR(40)  CHARACTER SET ascii NOT NULL,
  levels      TINYINT UNSIGNED NOT NULL,
  kind        ENUM('email','webhook','sms') NOT NULL,
  audience    ENUM('receivers','duty','role') NOT NULL,
  audience_code VARCHAR(40) CHARACTER SET ascii NOT NULL DEFAULT '',
  optional    BOOLEAN      NOT NULL DEFAULT FALSE,
  state       ENUM('active','disabled') NOT NULL DEFAULT 'active',
  builtin     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_notify_rules (realm_key, event, kind, audience, audience_code, levels)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Minutes of the platform's day; from > to runs over midnight.
CREATE TABLE IF NOT EXISTS notify_quiet (
  realm_org_id UUID        NULL,
  enabled     BOOLEAN      NOT NULL,
  from_minute SMALLINT UNSIGNED NOT NULL,
  to_minute   SMALLINT UNSIGNED NOT NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  updated_at  DATETIME(6)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_notify_quiet (realm_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What a user does not want, where the rule leaves the choice.
CREATE TABLE IF NOT EXISTS notify_refusals (
  user_id     UUID         NOT NULL,
  kind        ENUM('email','sms') NOT NULL,
  event       VARCHAR(40)  CHARACTER SET ascii NOT NULL,
  PRIMARY KEY (user_id, kind, event)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Where the platform may call out to: a host name, *.name, an address or a prefix.
CREATE TABLE IF NOT EXISTS outbound_hosts (
  id          UUID         NOT NULL PRIMARY KEY,
  pattern     VARCHAR(260) CHARACTER SET ascii NOT NULL,
  note        VARCHAR(200) NOT NULL DEFAULT '',
  created_at  DATETIME(6)  NOT NULL,
  UNIQUE KEY uq_outbound_hosts (pattern)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
