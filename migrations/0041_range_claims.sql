-- The few ranges round an address, without a look at every single address below it.
ALTER TABLE asset_addresses ADD KEY IF NOT EXISTS ix_asset_addresses_range (kind, space_id, lo);
