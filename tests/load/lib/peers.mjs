// The floor and the peers beside a running platform: one nginx with a port for each, started and ended by process id.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../../api/lib/stack.mjs';
import { until } from '../../api/lib/until.mjs';
import { SCOPES } from './queries.mjs';

const LOAD = join(ROOT, 'tests/load');
const Redis = createRequire(join(LOAD, 'peers/node/package.json'))('ioredis');
const isRoot = process.getuid() === 0;
const PHP_FPM = '/usr/sbin/php-fpm8.2';

export const openRedis = (stack) => new Redis({ path: join(stack.state, 'run/redis-cache.sock') });

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const accepts = (path) => new Promise((resolve) => {
  const socket = connect(path, () => resolve(true));
  socket.on('error', () => resolve(false));
  socket.on('connect', () => socket.destroy());
});

export class Peers {
  constructor(stack, keepMs = 1000) {
    this.stack = stack;
    this.dir = join(stack.state, 'bench');
    this.keepMs = keepMs;
    this.running = new Map();
  }

  async prepare() {
    mkdirSync(this.dir, { recursive: true });
    const owner = statSync(this.stack.state);
    if (isRoot) {
      chmodSync(this.stack.state, 0o711);
      chownSync(this.dir, owner.uid, owner.gid);
    }
    chmodSync(this.dir, 0o755);
    const conf = readFileSync(join(this.stack.state, 'etc/tongchou.conf'), 'utf8');
    const get = (name) => new RegExp(`^${name} = (.*)$`, 'm').exec(conf)[1];
    this.cookie = `tc_${get('installation_id')}`;
    this.config = {
      cookie: this.cookie, redis: get('redis_cache'), keep_ms: this.keepMs, scopes: SCOPES, children: Number(get('api_children')),
      db: { socket: get('db_socket'), user: get('db_user'), password: get('db_password'), name: get('db_name') },
      socket: join(this.dir, 'floor.sock'), node_socket: join(this.dir, 'node.sock'), node_connections: 8,
    };
    writeFileSync(join(this.dir, 'config.json'), JSON.stringify(this.config), { mode: 0o600 });
    writeFileSync(join(this.dir, 'config.php'), `<?php return json_decode(file_get_contents(__DIR__ . '/config.json'), true);\n`);
    this.ports = { floor: await freePort(), php: await freePort(), node: await freePort() };
    await this.startNginx();
  }

  spawn(name, command, args, env = {}) {
    const log = join(this.dir, `${name}.log`);
    writeFileSync(log, '');
    const child = spawn('sh', ['-c', 'exec "$@" >>"$0" 2>&1', log, command, ...args], { env: { ...process.env, ...env }, stdio: 'ignore' });
    child.on('exit', () => this.running.delete(name));
    this.running.set(name, child);
    return child.pid;
  }

  async startNginx() {
    const user = execFileSync('stat', ['-c', '%U', this.stack.state], { encoding: 'utf8' }).trim();
    const values = {
      USER: isRoot ? `user ${user};` : '', DIR: this.dir, STATE: this.stack.state, FLOOR_PORT: this.ports.floor, PHP_PORT: this.ports.php,
      NODE_PORT: this.ports.node, PHP_FILE: join(LOAD, 'peers/php/page.php'),
    };
    const text = readFileSync(join(LOAD, 'nginx.conf.in'), 'utf8').replace(/@([A-Z_]+)@/g, (_, name) => values[name]);
    writeFileSync(join(this.dir, 'nginx.conf'), text);
    this.nginx = this.spawn('nginx', '/usr/sbin/nginx', ['-e', join(this.dir, 'nginx-error.log'), '-p', this.dir, '-c', join(this.dir, 'nginx.conf')]);
  }

  async floor() {
    this.spawn('floor', join(ROOT, 'build/load/floor'), [join(this.dir, 'config.json')]);
    return this.listens('floor', this.config.socket);
  }

  async node(processes) {
    this.spawn('node', process.execPath, [join(LOAD, 'peers/node/server.mjs'), join(this.dir, 'config.json'), String(processes)]);
    return this.listens('node', this.config.node_socket);
  }

  async php(children) {
    const socket = join(this.dir, 'php.sock');
    writeFileSync(join(this.dir, 'php-fpm.conf'), [
      '[global]', 'daemonize = no', `error_log = ${join(this.dir, 'php-fpm.log')}`, '[www]', ...(isRoot ? ['user = root', 'group = root'] : []),
      `listen = ${socket}`, 'listen.mode = 0666', 'listen.backlog = 512', 'pm = static', `pm.max_children = ${children}`, 'clear_env = no',
      'php_admin_value[opcache.enable] = 1', 'php_admin_value[opcache.validate_timestamps] = 0', 'php_admin_value[apc.enabled] = 1', ''].join('\n'));
    this.spawn('php', PHP_FPM, ['-F', ...(isRoot ? ['-R'] : []), '-y', join(this.dir, 'php-fpm.conf')], { BENCH_CONFIG: join(this.dir, 'config.php') });
    return this.listens('php', socket);
  }

  async listens(name, socket) {
    await until(() => accepts(socket), { timeout: 60_000, what: `${name} listens: ${join(this.dir, `${name}.log`)}` });
    return this.running.get(name).pid;
  }

  async stop(name) {
    const child = this.running.get(name);
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    rmSync(join(this.dir, `${name}.sock`), { force: true });
  }

  async stopAll() {
    for (const name of [...this.running.keys()]) await this.stop(name);
  }
}
