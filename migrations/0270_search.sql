-- Search over records: one document each, and an inverted index over pieces of their text.

-- doc_no rises with each change of a record, so that the newest come first. folded is text in the form that is searched.
CREATE TABLE IF NOT EXISTS search_docs (
  doc_no      BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  kind        VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  record_id   UUID         NOT NULL,
  title       VARCHAR(255) NOT NULL,
  body        TEXT         NOT NULL,
  folded      TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  place       VARCHAR(120) NULL,
  digest      BINARY(16)   NOT NULL,
  changed_at  DATETIME(6)  NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  UNIQUE KEY uq_search_docs_record (kind, record_id),
  KEY ix_search_docs_l2 (org_l2, doc_no),
  KEY ix_search_docs_l3 (org_l3, doc_no),
  KEY ix_search_docs_sector (sector_code, doc_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Organisations that may read a document besides those above its own: the receivers of a warning.
CREATE TABLE IF NOT EXISTS search_readers (
  record_id   UUID         NOT NULL,
  org_id      UUID NOT NULL, org_l1 UUID NULL, org_l2 UUID NULL, org_l3 UUID NULL, org_l4 UUID NULL, org_l5 UUID NULL,
  org_l6      UUID NULL, sector_code VARCHAR(16) NULL,
  PRIMARY KEY (record_id, org_id),
  KEY ix_search_readers_l2 (org_l2),
  KEY ix_search_readers_l3 (org_l3),
  KEY ix_search_readers_sector (sector_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Which documents of a block (4,096 numbers: doc_no >> 12) hold a term: two bytes each, doc_no & 4095, most significant
-- first. Documents that are gone stay named here until their block is swept.
CREATE TABLE IF NOT EXISTS search_terms (
  term        VARBINARY(12) NOT NULL,
  block       INT UNSIGNED NOT NULL,
  docs        VARBINARY(8192) NOT NULL,
  PRIMARY KEY (term, block),
  KEY ix_search_terms_block (block)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- How far the first filling of a kind is; it begins again when its form changes.
CREATE TABLE IF NOT EXISTS search_fills (
  kind        VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  form        INT UNSIGNED NOT NULL,
  after_id    UUID         NOT NULL,
  done        BOOLEAN      NOT NULL DEFAULT FALSE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
