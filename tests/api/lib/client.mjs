// An HTTP client as a browser or a unit's system would be: it keeps the session cookie, sends Origin and the CSRF token
// with writes, and speaks JSON. Requests fail the test unless the status is the expected one (default: any below 400).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const LIMIT_MS = 30_000;

export class Client {
  /** @param {string} base e.g. http://127.0.0.1:8080 */
  constructor(base) {
    this.base = base;
    this.origin = new URL(base).origin;
    this.cookies = new Map();
    this.csrf = null;
    this.bearer = null;
    this.language = 'en';
  }

  get(path, options = {}) { return this.request('GET', path, options); }
  post(path, json, options = {}) { return this.request('POST', path, { json, ...options }); }
  put(path, json, options = {}) { return this.request('PUT', path, { json, ...options }); }
  patch(path, json, options = {}) { return this.request('PATCH', path, { json, ...options }); }
  del(path, options = {}) { return this.request('DELETE', path, options); }

  /** A raw body: events, XML. */
  send(path, type, body, options = {}) {
    return this.request('POST', path, { ...options, body, headers: { 'Content-Type': type, ...options.headers } });
  }

  /** multipart/form-data with one part `file`. content: string or Buffer. */
  upload(path, { name, content, type = 'application/octet-stream', fields = {} }, { method = 'POST', ...options } = {}) {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, String(value));
    form.append('file', new Blob([content], { type }), name);
    return this.request(method, path, { ...options, body: form });
  }

  /**
   * @param {{json?: unknown, body?: BodyInit, query?: Record<string, unknown>, headers?: Record<string, string>,
   *          expect?: number | number[] | 'any', key?: string, timeout?: number}} options
   *   path is under /api/v1 unless it begins with // (then from the root); key: Idempotency-Key
   */
  async request(method, path, options = {}) {
    const { json, query, expect, key, timeout = LIMIT_MS } = options;
    const url = new URL(path.startsWith('//') ? path.slice(1) : `/api/v1${path}`, this.base);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = this.headersFor(method, key, options.headers);
    let body = options.body;
    if (json !== undefined) {
      body = JSON.stringify(json);
      headers['Content-Type'] ??= 'application/json';
    }
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal: AbortSignal.timeout(timeout) });
    this.keepCookies(response);
    const reply = await readReply(response, `${method} ${url.pathname}${url.search}`);
    checkStatus(reply, expect);
    return reply;
  }

  headersFor(method, key, given = {}) {
    const headers = { 'Accept-Language': this.language };
    if (this.bearer) headers.Authorization = `Bearer ${this.bearer}`;
    else if (this.cookies.size) headers.Cookie = [...this.cookies].map(([n, v]) => `${n}=${v}`).join('; ');
    if (!['GET', 'HEAD'].includes(method) && !this.bearer) {
      headers.Origin = this.origin;
      if (this.csrf) headers['X-CSRF-Token'] = this.csrf;
    }
    if (key) headers['Idempotency-Key'] = key;
    for (const [name, value] of Object.entries(given)) {
      if (value === null) delete headers[name];
      else headers[name] = value;
    }
    return headers;
  }

  keepCookies(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const gone = attributes.some((a) => /^max-age=0$/i.test(a));
      if (gone) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** Signs in with {username, password}; afterwards `user` and `permissions` are those of the session. */
  async signIn(account, options = {}) {
    const { username, password } = account;
    const reply = await this.post('/session', { username, password }, options);
    if (reply.status === 200) {
      this.csrf = reply.json.csrf_token;
      this.user = reply.json.user;
      this.permissions = reply.json.permissions;
    }
    return reply;
  }

  async signOut() {
    await this.del('/session');
    this.csrf = null;
  }

  /** Takes a token by client credentials; later requests carry it instead of a cookie. */
  async takeToken({ client_id, client_secret }, options = {}) {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
    const reply = await this.send('/oauth/token', 'application/x-www-form-urlencoded', form.toString(), options);
    if (reply.status === 200) this.bearer = reply.json.access_token;
    return reply;
  }
}

async function readReply(response, what) {
  const bytes = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  const reply = { what, status: response.status, headers: response.headers, type, bytes, etag: response.headers.get('etag') };
  Object.defineProperty(reply, 'text', { get: () => bytes.toString('utf8') });
  reply.json = /[/+]json\b/.test(type) && bytes.length ? JSON.parse(bytes.toString('utf8')) : undefined;
  return reply;
}

function checkStatus(reply, expect) {
  if (expect === 'any') return;
  const good = expect === undefined ? reply.status < 400 : [expect].flat().includes(reply.status);
  assert.ok(good, `${reply.what}: status ${reply.status}, expected ${expect ?? 'below 400'}: ${reply.text.slice(0, 600)}`);
}

/** The reply is a problem document with this status and, where given, this code and an error about this field. */
export function problem(reply, status, code, field) {
  const shown = `${reply.what}: ${reply.status} ${reply.type} ${reply.text.slice(0, 600)}`;
  assert.equal(reply.status, status, shown);
  assert.match(reply.type, /^application\/problem\+json/, shown);
  assert.equal(reply.json.status, status, shown);
  assert.ok(reply.json.title && reply.json.detail && reply.json.code && reply.json.request_id, shown);
  assert.ok(Array.isArray(reply.json.errors) && reply.json.errors.every((e) => e.field !== undefined && e.code && e.message !== undefined), shown);
  if (code) assert.equal(reply.json.code, code, shown);
  if (field) assert.ok((reply.json.errors ?? []).some((e) => e.field === field), `no error about ${field}: ${shown}`);
  assert.doesNotMatch(reply.text, /SELECT |INSERT |mysql|mariadb|\.c:\d+/i, `inner workings shown: ${shown}`);
  return reply.json;
}

export const newKey = () => randomUUID();
