-- The order of the lists is named in the indexes: on a partitioned table it is not read off the primary key behind them.
ALTER TABLE events
  DROP KEY IF EXISTS ix_events_l2, DROP KEY IF EXISTS ix_events_l3, DROP KEY IF EXISTS ix_events_sector,
  DROP KEY IF EXISTS ix_events_victim, DROP KEY IF EXISTS ix_events_domain_back,
  ADD KEY ix_events_l2 (org_l2, id), ADD KEY ix_events_l3 (org_l3, id), ADD KEY ix_events_sector (sector_code, id),
  ADD KEY ix_events_victim (victim_ip, id), ADD KEY ix_events_domain_back (domain_back, id);
