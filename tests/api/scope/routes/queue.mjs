import { list, one, open, owned, self } from '../kinds.mjs';

export const routes = {
  'GET /jobs': list('all_jobs', owned),
  'GET /jobs/overview': self,
  'POST /jobs/{id}/replay': one('job'),
  'GET /schedules': open,
  'PUT /schedules/{name}': open,
  'POST /schedules/{name}/runs': self,
};
export const tables = { all_jobs: "SELECT id, COALESCE(CAST(org_id AS CHAR), '') FROM jobs" };
