// What a probe and a sensor send: real files where the corpus lies beside the checkout (or TONGCHOU_CORPUS names it), and
// files of the same shape otherwise.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../api/lib/stack.mjs';
import { scanXml } from '../api/lib/nmap.mjs';

const CORPUS = process.env.TONGCHOU_CORPUS ?? join(ROOT, '../shared/corpus');
const SCAN = join(CORPUS, 'nmap-libnmap/libnmap/test/files/dionaea_scan.xml');
const EVE = join(CORPUS, 'suricata-eve-schema/doc/userguide/output/eve/eve-json-format.rst');

/** A scan of one host: {xml, address}. */
export function nmapScan() {
  if (!existsSync(SCAN)) return { xml: scanXml([{ address: '172.28.1.3', ports: [21, 80, 443, 3306] }]), address: '172.28.1.3' };
  const xml = readFileSync(SCAN, 'utf8');
  return { xml, address: /addr="([\d.]+)" addrtype="ipv4"/.exec(xml)[1] };
}

/** The indented JSON objects of a document. */
function* examples(text) {
  for (const [block] of text.matchAll(/^( +)\{\n[^]*?^\1\}$/gm)) {
    try {
      yield JSON.parse(block);
    } catch {
      // Shortened for the reader of the document.
    }
  }
}

/** An alert as Suricata writes it, as if it had happened now: {line, name, victim}. */
export function eveAlert() {
  const shape = {
    flow_id: 1676750115612680, event_type: 'alert', src_ip: '142.11.240.191', src_port: 35361, dest_ip: '192.168.100.237', dest_port: 49175, proto: 'TCP',
    alert: { action: 'allowed', gid: 1, signature_id: 2045001, rev: 1, signature: 'Stealer Browser Extension Config Inbound', category: 'A Network Trojan was detected', severity: 1 },
  };
  const real = existsSync(EVE) && [...examples(readFileSync(EVE, 'utf8'))].find((e) => e.event_type === 'alert' && e.dest_ip?.startsWith('192.168.'));
  const event = { ...(real || shape), timestamp: new Date().toISOString().replace('Z', '+0000') };
  return { line: JSON.stringify(event), name: event.alert.signature, victim: event.dest_ip };
}
