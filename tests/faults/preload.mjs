// Programs of the platform with a library of the tests loaded before all others.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { platform, until } from '../api/lib/harness.mjs';
import { ROOT } from '../api/lib/stack.mjs';

/** Builds tests/faults/NAME.c; resolves to the library's path. */
export function library(name) {
  const path = join(platform().state, `tmp/${name}.so`);
  execFileSync('cc', ['-D_GNU_SOURCE', '-shared', '-fPIC', '-O1', '-o', path, join(ROOT, `tests/faults/${name}.c`), '-ldl']);
  return path;
}
function program(name, env) {
  const stack = platform();
  const config = join(stack.state, 'etc/tongchou.conf');
  const { uid, gid } = statSync(config);
  const app = existsSync(join(stack.state, 'app')) ? join(stack.state, 'app') : ROOT;
  return { path: join(app, 'build/bin', name), config, options: { cwd: '/', uid, gid, env: { PATH: process.env.PATH, ...env } } };
}

/** The platform's API again, on the same sockets, as the same user, with these variables, its log in a file of its own; answers how to end it, which starts the usual one. */
export async function apiWith(env, { log } = {}) {
  const stack = platform();
  await stack.stop('api');
  const { path, config, options } = program('tongchou-api', env);
  const api = spawn(path, ['--config', config], { ...options, stdio: ['ignore', 'ignore', log ? openSync(log, 'a') : 'ignore'] });
  await until(async () => (await stack.client().get('//readyz', { expect: 'any' })).status === 200, { what: 'the API is ready' });
  return async () => {
    const ended = new Promise((resolve) => api.once('exit', resolve));
    api.kill('SIGTERM');
    await ended;
    await stack.start('api');
  };
}
/** The database likewise. */
export async function databaseWith(env) {
  const stack = platform();
  await stack.stop('db');
  const { uid, gid } = statSync(join(stack.state, 'db'));
  const db = spawn('mariadbd', [`--defaults-file=${join(stack.state, 'etc/mariadb.cnf')}`], { cwd: '/', uid, gid, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', openSync(join(stack.state, 'log/db.log'), 'a')] });
  const answers = () => until(async () => (await stack.client().get('//readyz', { expect: 'any' })).status === 200, { what: 'the API reaches the database' });
  await answers();
  return async () => {
    const ended = db.exitCode === null && db.signalCode === null && new Promise((resolve) => db.once('exit', resolve));
    db.kill('SIGTERM');
    await ended;
    await stack.start('db');
    await answers();
  };
}
/** tongchou-ctl WORDS with these variables; answers what it prints. */
export function ctlWith(env, ...words) {
  const { path, config, options } = program('tongchou-ctl', env);
  return execFileSync(path, ['--config', config, ...words], options).toString();
}
