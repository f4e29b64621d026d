-- What its people were told about the deadline of a to-do: 0 nothing yet, 1 that it is near, 2 that it has passed.
ALTER TABLE tasks
  ADD COLUMN IF NOT EXISTS told TINYINT UNSIGNED NOT NULL DEFAULT 0 AFTER due_at,
  ADD KEY IF NOT EXISTS ix_tasks_told (state, told, due_at);
-- What was open before there were such notices is not told of all at once.
UPDATE tasks SET told = IF(due_at < UTC_TIMESTAMP(6), 2, 1) WHERE state = 'open' AND told = 0 AND due_at < UTC_TIMESTAMP(6) + INTERVAL 1 DAY;
