-- What assets have to do with one another, as records that can be walked. Kinds are data: which classes stand at the ends,
-- how each end calls the other, and which way an incident travels along it.
CREATE TABLE IF NOT EXISTS relation_kinds (
  code        VARCHAR(24)  NOT NULL PRIMARY KEY,
  from_class  VARCHAR(16)  NOT NULL,
  to_class    VARCHAR(16)  NOT NULL,
  label_zh    VARCHAR(40)  NOT NULL,
  label_en    VARCHAR(60)  NOT NULL,
  back_zh     VARCHAR(40)  NOT NULL,
  back_en     VARCHAR(60)  NOT NULL,
  carries     ENUM('forward','back','both','none') NOT NULL,
  sort_order  INT          NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Who may see one is decided by its two assets.
CREATE TABLE IF NOT EXISTS asset_relations (
  id          UUID         NOT NULL PRIMARY KEY,
  kind        VARCHAR(24)  NOT NULL,
  from_id     UUID         NOT NULL,
  to_id       UUID         NOT NULL,
  source_code CHAR(2)      NOT NULL,
  created_at  DATETIME(6)  NOT NULL,
  created_by  UUID         NULL,
  UNIQUE KEY uq_asset_relations (from_id, kind, to_id),
  KEY ix_asset_relations_to (to_id, kind),
  CONSTRAINT fk_asset_relations_kind FOREIGN KEY (kind) REFERENCES relation_kinds (code),
  CONSTRAINT fk_asset_relations_from FOREIGN KEY (from_id) REFERENCES assets (id) ON DELETE CASCADE,
  CONSTRAINT fk_asset_relations_to FOREIGN KEY (to_id) REFERENCES assets (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
