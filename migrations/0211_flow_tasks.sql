-- The seats of an instance are to-dos as well: several of one subject and step may be open at once.
ALTER TABLE tasks
  ADD COLUMN IF NOT EXISTS instance_id UUID NULL AFTER opened_at,
  ADD COLUMN IF NOT EXISTS seat INT UNSIGNED NULL AFTER instance_id,
  ADD COLUMN IF NOT EXISTS node VARCHAR(64) NULL AFTER seat,
  ADD COLUMN IF NOT EXISTS node_name VARCHAR(100) NULL AFTER node,
  MODIFY COLUMN open_key VARCHAR(110) AS (IF(state = 'open', CONCAT(subject_id, ':', step, IF(seat IS NULL, '', CONCAT(':', seat))), NULL)) PERSISTENT,
  ADD KEY IF NOT EXISTS ix_tasks_instance (instance_id, seat);
