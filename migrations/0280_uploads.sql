-- Files that arrive in parts, so that a broken line costs one part and not the file. The bytes of a part are kept by content
-- like any file; the parts go when the whole is stored, or after a day.

CREATE TABLE IF NOT EXISTS uploads (
  id          UUID         NOT NULL PRIMARY KEY,
  name        VARCHAR(255) NOT NULL,
  use_kind    VARCHAR(32)  NOT NULL,
  bytes       BIGINT UNSIGNED NOT NULL,
  part_bytes  INT UNSIGNED NOT NULL,
  created_by  UUID         NOT NULL,
  created_at  DATETIME(6)  NOT NULL,
  KEY ix_uploads_person (created_by, created_at),
  KEY ix_uploads_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- file_id: the row of files that holds the part's bytes.
CREATE TABLE IF NOT EXISTS upload_parts (
  upload_id   UUID         NOT NULL,
  part_no     INT UNSIGNED NOT NULL,
  file_id     UUID         NOT NULL,
  sha256      BINARY(32)   NOT NULL,
  bytes       INT UNSIGNED NOT NULL,
  PRIMARY KEY (upload_id, part_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
