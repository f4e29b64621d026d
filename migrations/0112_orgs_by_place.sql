-- The order of the lists of organisations: by region, and in each from the top of the tree, then by name.
ALTER TABLE orgs
  ADD KEY IF NOT EXISTS ix_orgs_place_all (region_code, depth, name, id),
  ADD KEY IF NOT EXISTS ix_orgs_place_l2 (org_l2, region_code, depth, name, id),
  ADD KEY IF NOT EXISTS ix_orgs_place_l3 (org_l3, region_code, depth, name, id),
  ADD KEY IF NOT EXISTS ix_orgs_place_sector (sector_code, region_code, depth, name, id),
  ADD KEY IF NOT EXISTS ix_orgs_place_parent (parent_id, region_code, depth, name, id),
  DROP KEY IF EXISTS ix_orgs_region;
