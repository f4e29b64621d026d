import { inherited, list, one, open, owned, self } from '../kinds.mjs';
import { platform } from '../../lib/harness.mjs';

const NO_REALM = '01a20b7e-1b59-72ba-8a44-6d67e9334f26';
const channel = { kind: 'webhook', name: '外单位', state: 'active', config: { url: 'https://a.example.cn/' }, secret: 'x'.repeat(16), version: 1 };
const template = { event: 'task.urged', level: 0, kind: 'sms', lang: 'zh-CN', body: '改', version: 1 };
const rule = { event: 'task.urged', levels: [1], kind: 'sms', audience: 'receivers', state: 'active', version: 1 };

export const routes = {
  'GET /notify/events': open,
  'GET /notify/channels': list('channels', inherited, { whole: true }),
  'POST /notify/channels': one('org', { ...channel, realm: NO_REALM }),
  'PUT /notify/channels/{id}': one('configured', channel),
  'DELETE /notify/channels/{id}': one('configured', undefined, { query: { version: 1 } }),
  'POST /notify/channels/{id}/test': one('configured', {}),
  'GET /notify/templates': list('templates', inherited, { whole: true }),
  'POST /notify/templates': one('org', { ...template, realm: NO_REALM }),
  'POST /notify/templates/preview': open,
  'PUT /notify/templates/{id}': one('configured', template),
  'DELETE /notify/templates/{id}': one('configured', undefined, { query: { version: 1 } }),
  'GET /notify/rules': list('rules', inherited, { whole: true }),
  'POST /notify/rules': one('org', { ...rule, realm: NO_REALM }),
  'PUT /notify/rules/{id}': one('configured', rule),
  'DELETE /notify/rules/{id}': one('configured', undefined, { query: { version: 1 } }),
  'GET /notify/quiet': list('quiet', inherited, { whole: true }),
  'PUT /notify/quiet': one('org', { realm: NO_REALM, mode: 'off' }),
  'GET /notify/hosts': open,
  'POST /notify/hosts': open,
  'DELETE /notify/hosts/{id}': open,
  'GET /notify/preferences': self,
  'PUT /notify/preferences': self,
  'GET /deliveries': list('deliveries', owned, { search: 'configured' }),
  'GET /deliveries/{id}': one('configured'),
  'POST /deliveries/{id}/resend': one('configured', {}),
};
const of = (table) => `SELECT id, COALESCE(CAST(realm_org_id AS CHAR), '') FROM ${table}`;
export const tables = {
  channels: of('notify_channels'),
  templates: of('notify_templates'),
  rules: of('notify_rules'),
  quiet: "SELECT realm_key, COALESCE(CAST(realm_org_id AS CHAR), '') FROM notify_quiet",
  deliveries: "SELECT id, COALESCE(CAST(org_id AS CHAR), '') FROM deliveries",
};

/** A channel, a template, a rule and a delivery of the unit, all under one id. */
export async function configured({ org }, id, tag) {
  const name = `外单位投递 ${tag}`;
  await platform().sql(`
    INSERT INTO notify_channels (id, realm_org_id, kind, name, state, config, created_at, updated_at) VALUES ('${id}', '${org.id}', 'webhook', '${name}', 'disabled', '{}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
    INSERT INTO notify_templates (id, realm_org_id, event, kind, lang, body, created_at, updated_at) VALUES ('${id}', '${org.id}', 'walk.${tag}', 'sms', 'en', 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
    INSERT INTO notify_rules (id, realm_org_id, event, levels, kind, audience, state, created_at, updated_at) VALUES ('${id}', '${org.id}', 'walk.${tag}', 1, 'sms', 'receivers', 'disabled', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
    INSERT IGNORE INTO notify_quiet (realm_org_id, enabled, from_minute, to_minute, updated_at) VALUES ('${org.id}', FALSE, 0, 0, UTC_TIMESTAMP(6));
    INSERT INTO deliveries (id, kind, event, title, receiver_name, state, next_try_at, created_at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code)
      SELECT '${id}', 'sms', 'task.cc', '${name}', '${name}', 'skipped', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM orgs WHERE id = '${org.id}'`);
  return { id, q: name };
}
