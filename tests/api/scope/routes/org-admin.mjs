import { list, make, one, open, owned, self } from '../kinds.mjs';

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
  'POST /responsibilities/batch': make((id) => ({ items: [{ org: id, kind: 'supervise', target_org: id }] })),
  'GET /responsibilities/sheet': self, // the list's rows
  'PUT /responsibilities/{id}': one('responsibility', { version: 1, kind: 'charge', target_sector: '01', valid_from: '2026-01-01' }),
  'DELETE /responsibilities/{id}': one('responsibility'),
  'GET /responsibility-map': list('mapped', owned),
  'GET /responsibility-map/sectors': { kind: 'overview' },
  'GET /orgs/{id}/move-preview': one('org', undefined, { query: { sector: '01' } }),
  'POST /orgs/{id}/move': one('org', { version: 1, parent_id: '01a20b7e-1b59-72ba-8a44-6d67e9334f25' }),
  'POST /orgs/{id}/merge': one('org', { version: 1, into_id: '01a20b7e-1b59-72ba-8a44-6d67e9334f25' }),
  'POST /orgs/{id}/sector': one('org', { version: 1, sector_code: '01' }),
  'GET /org-moves': list('moves', owned, { whole: true }),
  'GET /org-moves/{id}': one('move'),
  'POST /org-moves/{id}/resume': one('move'),
};
export const tables = {
  groups: "SELECT id, COALESCE(CAST(realm_org_id AS CHAR), '') FROM management_groups",
  moves: 'SELECT m.id, m.subject_id FROM org_moves m ORDER BY m.created_at DESC LIMIT 200',
  responsibilities: 'SELECT id, org_id FROM responsibilities',
  mapped: "SELECT id, org_id FROM orgs WHERE state = 'active' AND NOT is_office",
};
