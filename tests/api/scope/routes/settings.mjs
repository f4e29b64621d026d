import { open, self } from '../kinds.mjs';

export const routes = {
  'GET /settings': open,
  'PUT /settings': open,
  'GET /sign-in-policy': open,
  'PUT /sign-in-policy': open,
  'GET /sessions': self,
  'DELETE /sessions': self,
  'DELETE /sessions/{id}': self,
};
