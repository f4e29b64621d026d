// The three data scopes that are measured, with sessions of their accounts.
import { createHash } from 'node:crypto';
import { openRedis } from './peers.mjs';

const SESSIONS = 8;
const WHO = {
  unit: { kind: 'own3', accounts: ['unit1.filler', 'unit2.filler', 'unit3.filler'] },
  prefecture: { kind: 'l2', accounts: ['kunming'] },
  province: { kind: 'all', accounts: ['analyst'] },
};

/** Signs in; returns scope -> [{cookie, kind, org, client}], known to the peers by Redis as well. */
export async function signInAll(stack) {
  const credentials = (await stack.credentials()).accounts;
  const orgs = new Map((await stack.sql('SELECT u.username, o.id, o.org_l3 FROM users u JOIN orgs o ON o.id = u.org_id')).map(([name, org, l3]) => [name, { org, l3 }]));
  const redis = openRedis(stack);
  const people = {};
  for (const [scope, { kind, accounts }] of Object.entries(WHO)) {
    people[scope] = [];
    for (let i = 0; i < SESSIONS; i++) {
      const username = accounts[i % accounts.length];
      const client = stack.client();
      await client.signIn(credentials.find((a) => a.username === username));
      const [[name, token]] = client.cookies;
      const stored = { kind, ...orgs.get(username), ends: Math.floor(Date.now() / 1000) + 7200 };
      await redis.set(`bench:s:${createHash('sha256').update(token).digest('hex')}`, JSON.stringify(stored));
      people[scope].push({ cookie: `${name}=${token}`, kind, org: stored.org, client });
    }
  }
  redis.disconnect();
  return people;
}
