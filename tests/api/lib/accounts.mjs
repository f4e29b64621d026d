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

/** The system administrator makes an account, the security administrator grants it a role; the password was changed once. */
export async function makeAccount(role, { scope = 'own', org } = {}) {
  const [system, security] = await Promise.all([signIn('system_admin'), signIn('security_admin')]);
  const org_id = org ?? system.user.org_id;
  const made = (await system.post('/users', { username: freshName(), display_name: 'made by a test', org_id })).json;
  let user = made.user;
  if (role) {
    const { id } = await roleByCode(security, role);
    user = (await security.put(`/users/${user.id}/roles`, { version: user.version, role_ids: [id], scope_kind: scope })).json;
  }
  const password = freshPassword();
  const first = platform().client();
  await first.signIn({ username: user.username, password: made.password });
  await first.post('/session/password', { old_password: made.password, new_password: password });
  return { id: user.id, username: user.username, password, firstPassword: made.password };
}

let everyone;
/** A signed-in client that has the permission, out of the accounts of credentials.json; null when nobody has it. */
export async function whoMay(permission) {
  everyone ??= (async () => {
    const { accounts } = await platform().credentials();
    const one = new Map(accounts.map((a) => [a.role, a]));
    return Promise.all([...one.values()].map((a) => signIn(a)));
  })();
  return (await everyone).find((c) => permission === 'session' || c.permissions.includes(permission)) ?? null;
}
