import { one, open, self } from '../kinds.mjs';

// The list goes by time and has no total: tests/api/audit/trail.test.mjs compares its rows for each scope.
export const routes = {
  'GET /audit': self,
  'GET /audit/{id}': one('audit'),
  'GET /audit/status': open,
  'POST /audit/verifications': self,
  'POST /audit/exports': self,
  'GET /audit/exports/{id}': self,
  'GET /audit/exports/{id}/file': self,
  'GET /audit/purges': open,
  'POST /audit/purges': open,
  'POST /audit/purges/{id}/approve': open,
  'POST /audit/purges/{id}/reject': open,
};
