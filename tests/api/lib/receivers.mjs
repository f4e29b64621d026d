// Other systems, as small as they can be: a mail server and a web server that remember what they were told.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket, createSecureContext } from 'node:tls';

/** A certificate of its own for 127.0.0.1. */
export function makeCertificate() {
  const dir = mkdtempSync(join(tmpdir(), 'certificate-'));
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
      '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(dir, 'key'), '-out', join(dir, 'cert')], { stdio: 'ignore' });
    return { key: readFileSync(join(dir, 'key'), 'utf8'), cert: readFileSync(join(dir, 'cert'), 'utf8') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const listening = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

/** SMTP with STARTTLS when there is a certificate, AUTH PLAIN and LOGIN when there is a password. `refuse` answers a RCPT with that line. */
export async function mailServer({ certificate, password } = {}) {
  const state = { mails: [], refuse: undefined, logins: 0, secure: 0 };
  const talk = (socket, secure) => {
    let rest = '';
    let data = null;
    let expects = null;
    let mail = {};
    let authenticated = !password;
    const say = (line) => socket.write(`${line}\r\n`);
    const login = (given) => {
      authenticated = given === password;
      state.logins += authenticated ? 1 : 0;
      say(authenticated ? '235 ok' : '535 no');
    };
    const command = (line) => {
      if (expects) return expects(line);
      const [word] = line.toUpperCase().split(/[ :]/);
      if (word === 'EHLO') return socket.write(`250-fake\r\n${certificate && !secure ? '250-STARTTLS\r\n' : ''}${password ? '250-AUTH PLAIN\r\n' : ''}250 SIZE 1000000\r\n`);
      if (word === 'STARTTLS') {
        say('220 go');
        socket.removeAllListeners('data');
        state.secure++;
        return talk(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(certificate) }), true);
      }
      if (word === 'AUTH') {
        const coded = line.split(' ')[2];
        const open = (text) => { expects = null; login(Buffer.from(text, 'base64').toString().split('\0')[2]); };
        if (coded) return open(coded);
        expects = open;
        return say('334 ');
      }
      if (word === 'MAIL') return authenticated ? (mail = { from: line.match(/<(.*)>/)[1], to: [] }, say('250 ok')) : say('530 sign in');
      if (word === 'RCPT') return state.refuse ? say(state.refuse) : (mail.to.push(line.match(/<(.*)>/)[1]), say('250 ok'));
      if (word === 'DATA') return (data = [], say('354 go'));
      if (word === 'QUIT') return (say('221 bye'), socket.end());
      return say('250 ok');
    };
    const line = (text) => {
      if (!data) return command(text);
      if (text !== '.') return data.push(text.replace(/^\.\./, '.'));
      const all = data.join('\r\n');
      const at = all.indexOf('\r\n\r\n');
      state.mails.push({ ...mail, secure, head: all.slice(0, at), body: Buffer.from(all.slice(at), 'base64').toString() });
      data = null;
      return say('250 taken');
    };
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      for (let i = rest.indexOf('\r\n'); i >= 0; i = rest.indexOf('\r\n')) {
        const text = rest.slice(0, i);
        rest = rest.slice(i + 2);
        line(text);
      }
    });
  };
  const server = createTcp((socket) => {
    socket.write('220 fake\r\n');
    talk(socket, false);
  });
  state.port = await listening(server);
  state.stop = () => server.close();
  server.unref();
  return state;
}

/** The words of encoded headers. */
export const decoded = (head) => head.replace(/\?=\r\n =\?UTF-8\?B\?/g, '?= =?UTF-8?B?').replace(/(=\?UTF-8\?B\?[^?]*\?= ?)+/g, (all) =>
  Buffer.concat([...all.matchAll(/\?B\?([^?]*)\?=/g)].map((m) => Buffer.from(m[1], 'base64'))).toString());

/** HTTP that remembers each call; `answer(call)` gives {status, body, headers} (200 by default). */
export async function webServer(answer = () => ({})) {
  const state = { calls: [], answer };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (c) => chunks.push(c)).on('end', () => {
      const call = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
      state.calls.push(call);
      const { status = 200, body = '{}', headers = {} } = state.answer(call) ?? {};
      response.writeHead(status, { connection: 'close', ...headers }).end(body);
    });
  });
  state.port = await listening(server);
  state.url = `http://127.0.0.1:${state.port}`;
  state.stop = () => server.close();
  server.unref();
  return state;
}

/** What a receiver checks: HMAC-SHA256 over "TIMESTAMP.BODY". */
export const signatureOf = (key, ...parts) => `sha256=${createHmac('sha256', key).update(parts.join('.')).digest('hex')}`;
