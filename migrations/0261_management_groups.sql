-- Management groups (管理组): named sets of organisations, of the platform or of one sub-system. A member is there by hand, or by
-- rule: within a kind one value suffices, of the kinds that are named all must fit. Who is excluded by hand stays out.
CREATE TABLE IF NOT EXISTS management_groups (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  name        VARCHAR(60)  NOT NULL,
  remark      VARCHAR(300) NULL,
  by_rule     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_groups_name (realm_key, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS management_group_rules (
  group_id    UUID         NOT NULL,
  kind        ENUM('sector','region','level','type','mark') NOT NULL,
  value       VARCHAR(16)  NOT NULL,
  PRIMARY KEY (group_id, kind, value),
  CONSTRAINT fk_group_rules FOREIGN KEY (group_id) REFERENCES management_groups (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS management_group_members (
  group_id    UUID         NOT NULL,
  member_id   UUID         NOT NULL,
  excluded    BOOLEAN      NOT NULL DEFAULT FALSE,
  PRIMARY KEY (group_id, member_id),
  KEY ix_group_members_org (member_id),
  CONSTRAINT fk_group_members FOREIGN KEY (group_id) REFERENCES management_groups (id) ON DELETE CASCADE,
  CONSTRAINT fk_group_members_org FOREIGN KEY (member_id) REFERENCES orgs (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
