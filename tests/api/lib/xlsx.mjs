// The little of .xlsx that tests look at: the parts of the package, and the rows of a worksheet as text.
import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';

/** Name -> bytes of every part. */
export function parts(bytes) {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  assert.ok(end >= 0, 'a zip archive');
  const found = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let i = bytes.readUInt16LE(end + 10); i > 0; i--) {
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((o) => bytes.readUInt16LE(at + o));
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(from, from + packed);
    found.set(bytes.toString('utf8', at + 46, at + 46 + name), method ? inflateRawSync(data) : data);
    at += 46 + name + extra + comment;
  }
  return found;
}

const unescape = (s) => s.replace(/&(lt|gt|quot|apos|amp);/g, (_, n) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[n]);
const column = (ref) => [...ref.replace(/\d/g, '')].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0) - 1;

/** Rows of a worksheet (default: the first), each an array of cell texts. Fails on a cell that is a formula. */
export function rows(bytes, part = 'xl/worksheets/sheet1.xml') {
  const all = parts(bytes);
  const shared = [...(all.get('xl/sharedStrings.xml')?.toString() ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map((m) => texts(m[1]));
  const xml = all.get(part).toString();
  assert.doesNotMatch(xml, /<f>/, 'no cell is a formula');
  return [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((row) => {
    const cells = [];
    for (const [, ref, type, body] of row[1].matchAll(/<c r="([A-Z]+\d+)"[^>]*?(?: t="(\w+)")?>(.*?)<\/c>/gs))
      cells[column(ref)] = type === 's' ? shared[Number(/<v>(\d+)/.exec(body)[1])] : texts(body);
    return Array.from(cells, (c) => c ?? '');
  });
}
const texts = (xml) => [...xml.matchAll(/<(?:t|v)(?: [^>]*)?>(.*?)<\/(?:t|v)>/gs)].map((m) => unescape(m[1])).join('');
