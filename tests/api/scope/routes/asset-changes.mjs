import { list, one, owned } from '../kinds.mjs';

export const tables = { asset_changes: 'SELECT id, org_id FROM asset_changes' };
export const columns = { asset_changes: ['id', 'org'] };
export const routes = {
  'GET /asset-changes': list('asset_changes', owned),
  'GET /asset-changes/{id}': one('asset_change'),
};
