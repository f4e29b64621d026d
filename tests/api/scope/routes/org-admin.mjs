import { list, make, one, open, owned } from '../kinds.mjs';

export const routes = {
  'POST /sectors': open,
  'PUT /sectors/{code}': open,
  'DELETE /sectors/{code}': open,
  'GET /sectors/{code}/usage': open,
  'GET /groups': list('groups', (rows, who) => rows.filter((g) => !g.org || who.sees.has(g.org)).map((g) => g.id), { whole: true }),
  'POST /groups': make((id, tag) => ({ name: tag, orgs: [id] })),
  'GET /groups/{id}': one('group'),
  'PUT /groups/{id}': one('group', { version: 1, name: 'x', rule: { levels: ['1'] } }),
  'DELETE /groups/{id}': one('group'),
  'GET /groups/{id}/members': one('group'),
  'GET /responsibilities': list('responsibilities'),
  'POST /responsibilities': make((id) => ({ org_id: id, kind: 'supervise', target_org_id: id })),
  'PUT /responsibilities/{id}': one('responsibility', { version: 1, kind: 'charge', target_sector: '01', valid_from: '2026-01-01' }),
  'DELETE /responsibilities/{id}': one('responsibility'),
  'GET /responsibility-map': list('mapped', owned),
  'GET /responsibility-map/sectors': { kind: 'overview' },
};
export const tables = {
  groups: "SELECT id, COALESCE(CAST(realm_org_id AS CHAR), '') FROM management_groups",
  responsibilities: 'SELECT id, org_id FROM responsibilities',
  mapped: "SELECT id, org_id FROM orgs WHERE state = 'active' AND NOT is_office",
};
