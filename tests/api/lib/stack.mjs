// Platforms of their own for tests that stop, kill or starve parts. Everything is done through scripts/stack.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from './client.mjs';

const run = promisify(execFile);
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const SCRIPT = join(ROOT, 'scripts/stack');

/** One platform: its address, its accounts and its parts (db cache queue api worker worker-1 ... nginx). */
export class Stack {
  constructor({ state, port, base, credentials, env = {} }) {
    Object.assign(this, { state, port, base, credentialsFile: credentials ?? join(state ?? '', 'credentials.json'), env });
  }

  /** scripts/stack COMMAND PART; resolves to its output, rejects (with stderr in the message) on another status than 0. */
  async command(...words) {
    const env = { ...process.env, ...this.env, STATE: this.state };
    if (this.port) env.PORT = String(this.port);
    const { stdout } = await run(SCRIPT, words, { env, maxBuffer: 16 << 20, timeout: 300_000 });
    return stdout;
  }

  up() { return this.command('up'); }
  down() { return this.command('down'); }
  start(part) { return this.command('start', part); }
  stop(part) { return this.command('stop', part); }
  restart(part) { return this.command('restart', part); }
  kill(part) { return this.command('kill', part); }
  pause(part) { return this.command('pause', part); }
  resume(part) { return this.command('resume', part); }
  async pid(part) { return Number(await this.command('pid', part)); }
  /** Children of a part, e.g. of the API's master. */
  async children(part) {
    const pid = await this.pid(part);
    return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  }
  /** Looks the workers and all that they have forked up; the answer kills these at once (SIGKILL), before they get any further. */
  async aimAtWorkers() {
    const parts = (await readdir(join(this.state, 'run'))).map((name) => /^(worker-\d+)\.pid$/.exec(name)?.[1]).filter(Boolean);
    const pids = (await Promise.all(parts.map(async (part) => [await this.pid(part), ...await this.children(part)]))).flat();
    return () => {
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch (error) {
          if (error.code !== 'ESRCH') throw error; // ended by itself meanwhile
        }
      }
    };
  }
  /** What dead workers held is free at once, and not after the half minute that their leases still last. */
  endLeases() { return this.sql("UPDATE jobs SET lease_until = UTC_TIMESTAMP(6) WHERE state = 'running'"); }
  /** Rows of a query as the database's owner, tab-separated cells as strings. */
  async sql(query) {
    const text = await this.command('sql', '--batch', '--skip-column-names', '-e', query);
    return text.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }
  ctl(...words) { return this.command('ctl', ...words); }

  async credentials() { return JSON.parse(await readFile(this.credentialsFile, 'utf8')); }
  /** The n-th account with this role, at this organisation where given (its name or code as in credentials.json). */
  async account(role, { n = 0, org } = {}) {
    const all = (await this.credentials()).accounts.filter((a) => a.role === role && (org === undefined || a.org === org));
    if (!all[n]) throw new Error(`credentials.json has no account ${n} with role ${role}${org ? ` at ${org}` : ''}`);
    return all[n];
  }
  client() { return new Client(this.base); }
  /** A signed-in client: by role, or with an account of credentials.json. */
  async signIn(who, options = {}) {
    const client = this.client();
    client.account = typeof who === 'string' ? await this.account(who, options) : who;
    await client.signIn(client.account);
    return client;
  }
  /** A unit's system with its token. */
  async machine({ n = 0 } = {}) {
    const client = this.client();
    await client.takeToken((await this.credentials()).clients[n]);
    return client;
  }

  async remove() {
    await this.down();
    await rm(this.state, { recursive: true, force: true });
  }
}

/** The platform that scripts/test (or a developer, by TONGCHOU_BASE and TONGCHOU_CREDENTIALS) has started. */
export function sharedStack() {
  const base = process.env.TONGCHOU_BASE;
  if (!base) throw new Error('TONGCHOU_BASE is not set: run `make test ONLY=api`, or point it at a running platform');
  return new Stack({ base, state: process.env.TONGCHOU_STATE, credentials: process.env.TONGCHOU_CREDENTIALS });
}

/** A new one in a temporary directory. env: settings of scripts/stack, e.g. {DEMO: '0'} or {PARTS: 'base'}. */
export async function newStack(env = {}) {
  const state = await mkdtemp(join(tmpdir(), 'tongchou-'));
  const port = await freePort();
  const settings = { DB_BUFFER: '128M', DB_LOG: '96M', LOGIN_RATE: 'off', PERSON_RATE: 'off', CLIENT_RATE: 'off', ...env };
  return new Stack({ state, port, base: `http://127.0.0.1:${port}`, env: settings });
}

export async function startStack(env = {}) {
  const stack = await newStack(env);
  try {
    await stack.up();
  } catch (error) {
    await stack.remove();
    throw error;
  }
  return stack;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
