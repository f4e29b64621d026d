import { list, one, owned } from '../kinds.mjs';

export const routes = {
  'GET /realms': list('realms', owned, { whole: true }),
  'PUT /realms/{org}': one('org', { version: 1, active: true }),
};
export const tables = { realms: "SELECT id, org_id FROM orgs WHERE is_realm AND depth > 1 AND state = 'active'" };
