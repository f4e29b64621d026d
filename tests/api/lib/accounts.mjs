// Accounts and callers that a test makes for itself, so that locking or disabling one disturbs no other test.
import { randomUUID } from 'node:crypto';
import { platform, signIn } from './harness.mjs';

export const freshName = (prefix = 't') => `${prefix}.${randomUUID().slice(0, 13)}`;
export const freshPassword = () => `Aa1!${randomUUID()}`;

/** A role of the platform by its code, as the security administrator sees it. */
export async function roleByCode(security, code) {
  const { json } = await security.get('/roles');
  return json.items.find((r) => r.code === code);
}

let administrators;
/** An account that the system administrator has made and the security administrator given a role; ready to sign in. */
export async function makeAccount(role, { scope = 'own', org } = {}) {
  administrators ??= Promise.all([signIn('system_admin'), signIn('security_admin')]);
  const [system, security] = await administrators;
  const org_id = org ?? system.user.org_id;
  const { user, password } = (await system.post('/users', { username: freshName(), display_name: 'made by a test', org_id })).json;
  const { id } = await roleByCode(security, role);
  await security.put(`/users/${user.id}/roles`, { version: user.version, role_ids: [id], scope_kind: scope });
  // Changing the first password has a test of its own, and costs three hashes.
  await platform().sql(`UPDATE users SET must_change = FALSE WHERE id = '${user.id}'`);
  return { id: user.id, username: user.username, password };
}

let everyone;
/** A signed-in client that has the permission, out of the accounts of credentials.json; null when nobody has it. */
export async function whoMay(permission) {
  everyone ??= (async () => {
    const { accounts } = await platform().credentials();
    const clients = [];
    for (const account of new Map(accounts.map((a) => [a.role, a])).values()) clients.push(await signIn(account));
    return clients;
  })();
  return (await everyone).find((c) => permission === 'session' || c.permissions.includes(permission)) ?? null;
}
