-- The request that asked for it, so that a worker's log lines carry its id too.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS request_id VARCHAR(64) NULL;
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS request_id VARCHAR(64) NULL;
