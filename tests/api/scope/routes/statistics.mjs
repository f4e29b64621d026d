import { self } from '../kinds.mjs';

// Each reads the place that is the caller's scope: tests/api/statistics/statistics.test.mjs compares its figures for each role.
export const routes = {
  'GET /assets/statistics': self,
  'GET /assets/comparison': self,
};
