// A small ticket system, the reference for whoever links a real one: it checks signatures, keeps tickets, and calls back when one moves.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { webServer } from './receivers.mjs';

/** What a link needs so that the platform and this system understand each other. */
export const mapping = {
  fields: [
    { name: 'ticket.number', value: '{{ticket}}' }, { name: 'ticket.external_ref', value: '{{reference}}' }, { name: 'ticket.status', value: '{{state}}' },
    { name: 'ticket.summary', value: '[{{number}}] {{title}}' }, { name: 'ticket.priority', value: 'P{{level}}' }, { name: 'ticket.details', value: '{{content}}\n{{link}}' },
    { name: 'ticket.due', value: '{{due}}' }, { name: 'project', value: 'SEC' },
  ],
  states: [
    { ours: 'pending_sign', theirs: 'new' }, { ours: 'handling', theirs: 'in progress' }, { ours: 'reviewing', theirs: 'resolved' },
    { ours: 'returned', theirs: 'reopened' }, { ours: 'accepted', theirs: 'closed' },
  ],
  actions: [{ theirs: 'in progress', ours: 'sign' }, { theirs: 'resolved', ours: 'handled' }, { theirs: 'not ours', ours: 'not_involved' }],
  answer_ticket: 'data.key', in_ticket: 'ticket.key', in_state: 'ticket.status', in_text: 'comment.0.body',
};

/** {url, tickets: Map key -> {status, summary, ...}, calls, move(key, status, text, options), stop()}. */
export async function ticketSystem(key) {
  const tickets = new Map();
  const sign = (time, id, body) => `sm3=${createHmac('sm3', key).update(`${time}.${id}.${body}`).digest('hex')}`;
  const heard = new Set();
  const system = { tickets, callback: null, down: false, answer: null };
  const server = await webServer(({ headers, body }) => {
    if (system.down) return { status: 503 };
    if (system.answer) return system.answer;
    const { 'x-tongchou-timestamp': time, 'x-tongchou-id': id, 'x-tongchou-signature': signature = '' } = headers;
    const right = Buffer.from(sign(time, id, body));
    if (signature.length !== right.length || !timingSafeEqual(Buffer.from(signature), right) || Math.abs(Date.now() / 1000 - time) > 300 || heard.has(id)) return { status: 401 };
    heard.add(id);
    const { ticket } = JSON.parse(body);
    const existing = [...tickets].find(([number, t]) => number === ticket.number || t.external_ref === ticket.external_ref);
    const number = existing?.[0] ?? `SEC-${tickets.size + 1}`;
    tickets.set(number, ticket);
    return { body: JSON.stringify({ data: { key: number } }) };
  });
  system.calls = server.calls;
  system.url = `${server.url}/hooks/tongchou`;
  system.stop = server.stop;
  /** Somebody moves a ticket there: the answer of the platform. */
  system.move = (number, status, text, { id = randomUUID(), time = Math.floor(Date.now() / 1000), spoil = (s) => s, url = system.callback } = {}) => {
    if (tickets.has(number)) tickets.get(number).status = status;
    const body = JSON.stringify({ ticket: { key: number, status }, comment: text ? [{ body: text }] : [] });
    return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-tongchou-timestamp': String(time), 'x-tongchou-id': id, 'x-tongchou-signature': spoil(sign(time, id, body)) } });
  };
  return system;
}
