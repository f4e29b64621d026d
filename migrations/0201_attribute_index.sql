-- The attributes of forms by which records are found, sorted and counted (forms/attribute.h). One row of attribute_kinds for
-- each kind of record that has forms: who writes a record holds it shared, who changes which attributes are kept, alone.
CREATE TABLE IF NOT EXISTS attribute_kinds (
  kind        VARCHAR(32)  NOT NULL PRIMARY KEY,
  changes     INT UNSIGNED NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT IGNORE INTO attribute_kinds (kind) VALUES ('asset');

-- building: records written before are still being read in; dropped: its rows are being taken away.
CREATE TABLE IF NOT EXISTS attributes (
  no          INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind        VARCHAR(32)  NOT NULL,
  code        VARCHAR(40)  NOT NULL,
  field       VARCHAR(40)  NOT NULL,
  widget      VARCHAR(16)  NOT NULL,
  dictionary  VARCHAR(40)  NULL,
  state       ENUM('building','ready','dropped') NOT NULL DEFAULT 'building',
  KEY ix_attributes (kind, code, field)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- value sorts as the attribute does: text in lower case, numbers and times as eight bytes, codes as they are; at most 96
-- bytes. A record without a value has an empty one, so each record of the code stands here for each of its attributes.
CREATE TABLE IF NOT EXISTS attribute_index (
  record_id   UUID         NOT NULL,
  attr_no     INT UNSIGNED NOT NULL,
  value       VARBINARY(96) NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  PRIMARY KEY (record_id, attr_no, value),
  KEY ix_attribute_index_all (attr_no, value, record_id),
  KEY ix_attribute_index_l2 (org_l2, attr_no, value, record_id),
  KEY ix_attribute_index_l3 (org_l3, attr_no, value, record_id),
  KEY ix_attribute_index_sector (sector_code, attr_no, value, record_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
