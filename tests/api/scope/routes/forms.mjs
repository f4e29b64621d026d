import { inherited, list, one, open } from '../kinds.mjs';
import { platform } from '../../lib/harness.mjs';

const definition = { properties: { a: { type: 'string', 'x-widget': 'text', 'x-label': { zh: 'a' } } } };
const of = (s) => ({ realm: s.org.id });
const dictionary = { code: 'walk', label_zh: 'x', items: [] };
const NO_REALM = '01a20b7e-1b59-72ba-8a44-6d67e9334f26';

export const routes = {
  'GET /forms/kinds': open,
  'GET /forms/effective': one('org', undefined, { query: (s) => ({ kind: 'asset', code: 'system', org: s.org.id }) }),
  'GET /forms': list('forms', inherited, { whole: true }),
  'POST /forms': one('org', { realm: NO_REALM, kind: 'asset', code: 'system', label_zh: 'x', definition }),
  'GET /forms/{id}': one('form'),
  'PUT /forms/{id}': one('form', { version: 1, label_zh: 'x', definition }),
  'DELETE /forms/{id}': one('form', undefined, { query: { version: 1 } }),
  'GET /forms/{id}/sheet': one('form'),
  'PUT /forms/{id}/sheet': one('form', { version: 1, items: [{ key: 'a', label_zh: 'a', widget: 'text' }] }),
  'POST /forms/{id}/publish': one('form', { version: 1 }),
  'GET /forms/{id}/versions': one('form'),
  'GET /forms/{id}/versions/{n}': one('form'),
  'GET /dictionaries': list('dictionaries', inherited, { whole: true, rowId: (row) => `${row.realm_org_id ?? ''}/${row.code}` }),
  'POST /dictionaries': one('org', { ...dictionary, realm: NO_REALM }),
  'GET /dictionaries/{code}': one('form', undefined, { id: 'walk', query: of }),
  'GET /dictionaries/{code}/sheet': one('form', undefined, { id: 'walk', query: of }),
  'PUT /dictionaries/{code}': one('form', { version: 1, label_zh: 'x', items: [] }, { id: 'walk', query: of }),
  'DELETE /dictionaries/{code}': one('form', undefined, { id: 'walk', query: (s) => ({ ...of(s), version: 1 }) }),
};
const NIL = "'00000000-0000-0000-0000-000000000000'";
export const tables = {
  forms: "SELECT id, COALESCE(CAST(realm_org_id AS CHAR), '') FROM forms",
  dictionaries: `SELECT CONCAT(COALESCE(CAST(NULLIF(realm_key, ${NIL}) AS CHAR), ''), '/', code), COALESCE(CAST(NULLIF(realm_key, ${NIL}) AS CHAR), '') FROM dictionaries`,
};

/** A published form and a dictionary of the unit. */
export async function formed({ org }, id, tag) {
  const text = JSON.stringify(definition);
  await platform().sql(`
    INSERT INTO forms (id, realm_org_id, kind, code, label_zh, label_en, state, n, created_at, updated_at) VALUES ('${id}', '${org.id}', 'walk', '${tag}', 'x', 'x', 'active', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
    INSERT INTO form_versions (form_id, n, definition, published_at) VALUES ('${id}', 1, '${text}', UTC_TIMESTAMP(6));
    INSERT IGNORE INTO dictionaries (realm_key, code, label_zh, label_en, updated_at) VALUES ('${org.id}', 'walk', 'x', 'x', UTC_TIMESTAMP(6))`);
  return { id };
}
