-- Users, roles, sessions, machine clients.

CREATE TABLE IF NOT EXISTS roles (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  code        VARCHAR(40)  NOT NULL,
  label_zh    VARCHAR(60)  NOT NULL,
  label_en    VARCHAR(80)  NOT NULL,
  builtin     BOOLEAN      NOT NULL DEFAULT FALSE,
  admin_kind  ENUM('none','system','security','audit') NOT NULL DEFAULT 'none',
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_roles_code (realm_key, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS role_permissions (
  role_id     UUID         NOT NULL,
  permission  VARCHAR(64)  NOT NULL,
  PRIMARY KEY (role_id, permission),
  CONSTRAINT fk_rp_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS users (
  id          UUID         NOT NULL PRIMARY KEY,
  username    VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  display_name VARCHAR(64) NOT NULL,
  person_id   UUID         NULL,
  password    VARCHAR(200) NOT NULL,
  password_changed_at DATETIME(6) NOT NULL,
  must_change BOOLEAN      NOT NULL DEFAULT FALSE,
  otp_secret  VARBINARY(256) NULL,
  otp_last_step BIGINT UNSIGNED NOT NULL DEFAULT 0,
  scope_kind  ENUM('all','subtree','sector','own') NOT NULL,
  scope_sector VARCHAR(16) NULL,
  state       ENUM('active','disabled') NOT NULL DEFAULT 'active',
  epoch       INT UNSIGNED NOT NULL DEFAULT 1,
  lang        VARCHAR(8)   NOT NULL DEFAULT 'zh-CN',
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  last_login_at DATETIME(6) NULL,
  last_login_from VARCHAR(45) NULL,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_users_name (username),
  KEY ix_users_org (org_id, username),
  KEY ix_users_l2 (org_l2, username),
  KEY ix_users_l3 (org_l3, username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS user_roles (
  user_id     UUID         NOT NULL,
  role_id     UUID         NOT NULL,
  PRIMARY KEY (user_id, role_id),
  KEY ix_user_roles_role (role_id),
  CONSTRAINT fk_ur_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_ur_role FOREIGN KEY (role_id) REFERENCES roles (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A browser session: only the SHA-256 of the token is kept.
CREATE TABLE IF NOT EXISTS sessions (
  token_hash  BINARY(32)   NOT NULL PRIMARY KEY,
  user_id     UUID         NOT NULL,
  epoch       INT UNSIGNED NOT NULL,
  csrf_token  CHAR(43)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at  DATETIME(6)  NOT NULL,
  last_seen_at DATETIME(6) NOT NULL,
  ends_at     DATETIME(6)  NOT NULL,
  address     VARCHAR(45)  NOT NULL,
  user_agent  VARCHAR(200) NOT NULL,
  KEY ix_sessions_user (user_id),
  KEY ix_sessions_end (ends_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS login_failures (
  subject     VARCHAR(80)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  failures    INT UNSIGNED NOT NULL,
  first_at    DATETIME(6)  NOT NULL,
  locked_until DATETIME(6) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A unit's system. Secrets are random 256 bits, so SHA-256 is enough at rest.
CREATE TABLE IF NOT EXISTS clients (
  id          UUID         NOT NULL PRIMARY KEY,
  name        VARCHAR(120) NOT NULL,
  secret_hash BINARY(32)   NOT NULL,
  permissions VARCHAR(1000) NOT NULL,
  state       ENUM('active','disabled') NOT NULL DEFAULT 'active',
  epoch       INT UNSIGNED NOT NULL DEFAULT 1,
  is_demo     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  KEY ix_clients_org (org_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
