-- Forms and dictionaries are data of a realm or, with realm_org_id NULL, of the platform. A published version of a form never
-- changes; draft is what is being worked on, NULL when there is nothing newer than version n (0: never published).
CREATE TABLE IF NOT EXISTS forms (
  id          UUID         NOT NULL PRIMARY KEY,
  realm_org_id UUID        NULL,
  kind        VARCHAR(32)  NOT NULL,
  code        VARCHAR(40)  NOT NULL,
  label_zh    VARCHAR(100) NOT NULL,
  label_en    VARCHAR(100) NOT NULL,
  state       ENUM('draft','active','retired') NOT NULL DEFAULT 'draft',
  n           INT UNSIGNED NOT NULL DEFAULT 0,
  draft       LONGTEXT     NULL,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  created_at  DATETIME(6)  NOT NULL,
  updated_at  DATETIME(6)  NOT NULL,
  updated_by  UUID         NULL,
  realm_key   UUID AS (COALESCE(realm_org_id, '00000000-0000-0000-0000-000000000000')) PERSISTENT,
  UNIQUE KEY uq_forms (kind, code, realm_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS form_versions (
  form_id     UUID         NOT NULL,
  n           INT UNSIGNED NOT NULL,
  definition  LONGTEXT     NOT NULL,
  note        VARCHAR(500) NULL,
  published_at DATETIME(6) NOT NULL,
  published_by UUID        NULL,
  PRIMARY KEY (form_id, n),
  CONSTRAINT fk_form_versions FOREIGN KEY (form_id) REFERENCES forms (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The lists that dictionary_items belong to. A realm's own list of a code takes the place of the platform's below that realm.
CREATE TABLE IF NOT EXISTS dictionaries (
  realm_key   UUID         NOT NULL,
  code        VARCHAR(40)  NOT NULL,
  label_zh    VARCHAR(100) NOT NULL,
  label_en    VARCHAR(100) NOT NULL,
  shipped     BOOLEAN      NOT NULL DEFAULT FALSE,
  version     INT UNSIGNED NOT NULL DEFAULT 1,
  updated_at  DATETIME(6)  NOT NULL,
  PRIMARY KEY (realm_key, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT IGNORE INTO dictionaries (realm_key, code, label_zh, label_en, shipped, updated_at)
  SELECT DISTINCT realm_key, dictionary, dictionary, dictionary, TRUE, UTC_TIMESTAMP(6) FROM dictionary_items;

-- The attributes of a class are a form now (kind asset, code of the class).
ALTER TABLE asset_classes MODIFY attributes LONGTEXT NOT NULL DEFAULT '[]';
