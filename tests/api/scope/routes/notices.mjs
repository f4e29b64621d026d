import { self } from '../kinds.mjs';

export const routes = {
  'GET /notices': self,
  'GET /notices/count': self,
  'POST /notices/{id}/read': self,
  'POST /notices/read-all': self,
};
