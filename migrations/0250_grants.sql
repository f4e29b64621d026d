-- HMAC-SM3 over what an account, a role, a machine client may do; NULL until it is sealed for the first time.
ALTER TABLE roles ADD COLUMN IF NOT EXISTS mac BINARY(32) NULL;
ALTER TABLE users ADD COLUMN IF NOT EXISTS mac BINARY(32) NULL;
ALTER TABLE clients ADD COLUMN IF NOT EXISTS mac BINARY(32) NULL;
