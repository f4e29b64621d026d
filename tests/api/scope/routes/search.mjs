import { self } from '../kinds.mjs';

// tests/api/search walks it: hits of each scope against a count over all documents.
export const routes = { 'GET /search': self };
