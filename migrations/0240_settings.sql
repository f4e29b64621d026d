-- Who has set it. What may be set is said in the code (settings/setting.h); a row is there for what differs from what is shipped.
ALTER TABLE settings ADD COLUMN IF NOT EXISTS changed_by UUID NULL AFTER changed_at;

-- Earlier passwords of an account, as hashes: they do not come back.
CREATE TABLE IF NOT EXISTS password_history (
  user_id     UUID         NOT NULL,
  changed_at  DATETIME(6)  NOT NULL,
  password    VARCHAR(200) NOT NULL,
  PRIMARY KEY (user_id, changed_at),
  CONSTRAINT fk_password_history FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
