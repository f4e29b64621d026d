-- Which permission a shipped role has been offered: a new version adds what is new and never gives back what a site took.
CREATE TABLE IF NOT EXISTS role_offers (
  role_id     UUID         NOT NULL,
  permission  VARCHAR(64)  NOT NULL,
  offered_at  DATETIME(6)  NOT NULL,
  PRIMARY KEY (role_id, permission),
  CONSTRAINT fk_role_offers_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

INSERT IGNORE INTO role_offers (role_id, permission, offered_at)
  SELECT p.role_id, p.permission, r.created_at FROM role_permissions p JOIN roles r ON r.id = p.role_id WHERE r.builtin;
