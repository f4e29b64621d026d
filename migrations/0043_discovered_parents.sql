-- A host's names with their parents (never a bare top level), so that a registered domain finds the names below it by equality.
ALTER TABLE discovered_names DROP KEY IF EXISTS ix_discovered_names, DROP COLUMN IF EXISTS backwards, ADD KEY IF NOT EXISTS ix_discovered_names_name (name);

INSERT IGNORE INTO discovered_names (host_id, name)
  SELECT n.host_id, SUBSTRING_INDEX(n.name, '.', -l.depth) FROM discovered_names n
  JOIN (SELECT 2 AS depth UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8) l
  WHERE LENGTH(n.name) - LENGTH(REPLACE(n.name, '.', '')) >= l.depth;
