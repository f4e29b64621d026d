import { make, one, self } from '../kinds.mjs';

export const routes = {
  'GET /address-pools': self, // has no pages: tests/api/addresses/pools.test.mjs
  'POST /address-pools': make((id) => ({ space_id: '00000000-0000-7000-8000-000000000000', range: '10.99.0.0/24', name: 'x', org_id: id })),
  'GET /address-pools/{id}': one('pool'),
  'PUT /address-pools/{id}': one('pool', { version: 1, range: '10.98.0.0/24', name: 'x', org_id: '00000000-0000-7000-8000-000000000000' }),
  'DELETE /address-pools/{id}': one('pool', undefined, { query: { version: 1 } }),
  'GET /address-pools/{id}/usage': one('pool'),
  'GET /address-pools/{id}/problems': one('pool'),
  'GET /address-news': self, // tests/api/addresses/pools.test.mjs
  'DELETE /address-news/{id}': one('news'),
};
