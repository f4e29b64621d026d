import { one, open, self } from '../kinds.mjs';

// Which ends a caller sees, and what a walk counts of others, is in tests/api/assets/relations.test.mjs.
export const routes = {
  'GET /relation-kinds': open,
  'GET /assets/{id}/relations': one('asset'),
  'POST /assets/{id}/relations': one('asset', { kind: 'runs_on', other_id: '00000000-0000-7000-8000-000000000000' }),
  'DELETE /assets/{id}/relations/{relation_id}': one('asset'),
  'POST /assets/impact': self,
  'GET /assets/{id}/responders': one('asset'),
};
