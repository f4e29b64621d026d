// nmap XML as nmap writes it, for tests: hosts as {address, ports, names, mac, os, state, at}.
const escape = (s) => String(s).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

export function scanHost({ address, ports = [], names = [], mac, os, state = 'up', at = Math.floor(Date.now() / 1000) - 60 }) {
  return [
    `<host starttime="${at - 5}" endtime="${at}"><status state="${state}" reason="syn-ack"/>`,
    `<address addr="${address}" addrtype="${address.includes(':') ? 'ipv6' : 'ipv4'}"/>`,
    mac ? `<address addr="${mac}" addrtype="mac" vendor="Inspur"/>` : '',
    `<hostnames>${names.map((n) => `<hostname name="${escape(n)}" type="PTR"/>`).join('')}</hostnames><ports>`,
    ...ports.map((p) => `<port protocol="tcp" portid="${p}"><state state="open" reason="syn-ack"/><service name="${p === 443 ? 'https' : 'http'}" product="nginx" version="1.22.1" method="probed" conf="10"><cpe>cpe:/a:igor_sysoev:nginx:1.22.1</cpe></service></port>`),
    '</ports>', os ? `<os><osmatch name="${escape(os)}" accuracy="98" line="1"/></os>` : '', '</host>',
  ].join('');
}

export const SCAN_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n';
const runTag = '<nmaprun scanner="nmap" args="nmap -sT -oX - target" start="1764000000" version="7.93" xmloutputversion="1.05">\n';
export const scanTail = '\n<runstats><finished time="1764000100" elapsed="100"/></runstats></nmaprun>\n';
export const scanXml = (hosts, { head = SCAN_HEAD, tail = scanTail } = {}) => `${head}${runTag}${hosts.map(scanHost).join('\n')}${tail}`;
