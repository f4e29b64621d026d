-- The first administrator's password is printed and lies in a file of the operator's: the browser asks for another one, while
-- scripts on that machine go on with it. A session remembers the sign-in before it, for its owner to recognise.
ALTER TABLE users ADD COLUMN IF NOT EXISTS first_password BOOLEAN NOT NULL DEFAULT FALSE AFTER must_change;
ALTER TABLE sessions
  ADD COLUMN IF NOT EXISTS previous_login_at DATETIME(6) NULL,
  ADD COLUMN IF NOT EXISTS previous_login_from VARCHAR(45) NULL;
