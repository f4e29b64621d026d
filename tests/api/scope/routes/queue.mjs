import { list, one, owned, self } from '../kinds.mjs';

export const routes = {
  'GET /jobs': list('all_jobs', owned),
  'GET /jobs/overview': self,
  'POST /jobs/{id}/replay': one('job'),
};
export const tables = { all_jobs: "SELECT id, COALESCE(CAST(org_id AS CHAR), '') FROM jobs" };
