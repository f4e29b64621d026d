/** One end of a connection: `10.1.2.3:443`, `[2001:db8::1]:443`, the bare address without a port, — for nothing. */
export function formatEnd(ip: string | null | undefined, port?: number | null): string {
  if (!ip) return '—'
  if (port === null || port === undefined) return ip
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** What somebody typed who asks whose it is: an address, a name or a URL. Undefined when it is none of them. */
export function readTarget(typed: string): { address: string } | { domain: string } | { url: string } | undefined {
  const s = typed.trim()
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+\S*$/i.test(s)) return { url: s }
  const bare = s.replace(/^\[(.*)\]$/, '$1')
  if (isIp(bare)) return { address: bare }
  if (/^\d[\d.]*$/.test(s)) return undefined
  if (s.length <= 253 && /^(?=.*\.)([\p{L}\p{N}_]([\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}][\p{L}\p{N}-]*\.?$/u.test(s)) return { domain: s.toLowerCase() }
  return undefined
}

/** A whole IPv4 or IPv6 address. Enough to catch a slip while typing; the server decides. */
export function isIp(s: string): boolean {
  const v4 = (x: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(x) && x.split('.').every((n) => Number(n) <= 255 && String(Number(n)) === n)
  if (v4(s)) return true
  if (!s.includes(':') || !/^[0-9a-f:.]+$/i.test(s)) return false
  const halves = s.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((h) => (h ? h.split(':') : []))
  const last = groups.at(-1) ?? ''
  const width = groups.length + (last.includes('.') ? 1 : 0)
  if (!groups.every((g, i) => /^[0-9a-f]{1,4}$/i.test(g) || (i === groups.length - 1 && v4(g)))) return false
  return halves.length === 2 ? width < 8 : width === 8
}
