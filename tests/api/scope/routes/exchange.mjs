import { self } from '../kinds.mjs';

// Whose records a batch may write and the feed shows: tests/api/assets/exchange.test.mjs.
export const routes = {
  'POST /assets/batches': self,
  'GET /assets/feed': self,
};
