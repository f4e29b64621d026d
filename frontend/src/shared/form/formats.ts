/** The field's string formats, as the server checks them (backend/src/json/format.c): said to the schema validator once. */
import { format } from '@cfworker/json-schema'
import { isIp } from '../format/address'

const isV4 = (s: string) => isIp(s) && !s.includes(':')
const isV6 = (s: string) => isIp(s) && s.includes(':')
const digits = (s: string | undefined, least: number, most: number) => !!s && new RegExp(`^\\d{${least},${most}}$`).test(s)
const hostLabels = (s: string, least: number) =>
  s.length > 0 && new TextEncoder().encode(s).length <= 253 && s.split('.').length >= least && s.split('.').every((l) => /^[\p{L}\p{M}\p{N}a-z0-9-]{1,63}$/iu.test(l) && !l.startsWith('-') && !l.endsWith('-'))

/** GB 32100-2015: 18 characters, the last one checks the others (modulo 31, weights 3^i). */
function isUscc(s: string): boolean {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
  const values = [...s].map((c) => alphabet.indexOf(c))
  if (values.length !== 18 || values.includes(-1)) return false
  let [sum, weight] = [0, 1]
  for (const v of values.slice(0, 17)) {
    sum += v * weight
    weight = (weight * 3) % 31
  }
  return values[17] === (31 - (sum % 31)) % 31
}
function isPhone(s: string): boolean {
  if (/^\d+$/.test(s)) return s.length >= 5 && s.length <= 12
  const [area, line, ...more] = s.split('-')
  return digits(area, 3, 4) && digits(line, 7, 8) && (!more.length || (more.length === 1 && digits(more[0], 1, 6)))
}
function isCidr(s: string): boolean {
  const [ip, bits, ...more] = s.split('/')
  return !more.length && isIp(ip ?? '') && digits(bits, 1, 3) && Number(bits) <= (isV4(ip!) ? 32 : 128)
}
function isRange(s: string): boolean {
  const [lo, hi, ...more] = s.split('-')
  return !more.length && isIp(lo ?? '') && isIp(hi ?? '') && isV4(lo!) === isV4(hi!)
}
function isEmail(s: string): boolean {
  const at = s.indexOf('@')
  const local = s.slice(0, at)
  return at > 0 && local.length <= 64 && hostLabels(s.slice(at + 1), 2) && !/[\s()<>[\]:;,\\"]/.test(local) && !local.startsWith('.') && !local.endsWith('.')
}

Object.assign(format, {
  ip: isIp, ipv4: isV4, ipv6: isV6, cidr: isCidr, 'ip-range': isRange,
  mac: (s: string) => /^[0-9a-f:.-]{12,17}$/i.test(s) && s.replace(/[:.-]/g, '').length === 12,
  port: (s: string) => /^\d{1,5}$/.test(s) && Number(s) >= 1 && Number(s) <= 65535,
  hostname: (s: string) => hostLabels(s, 1), domain: (s: string) => hostLabels(s, 2) && !isIp(s),
  email: isEmail, uri: (s: string) => s.length <= 2000 && /^[a-z-][a-z0-9-]*:[^\s"<>]+$/i.test(s),
  uscc: isUscc, phone: isPhone,
})

/** Those that a form may ask of a text. */
export const TEXT_FORMATS = ['email', 'phone', 'uri', 'domain', 'hostname', 'ip', 'ipv4', 'ipv6', 'cidr', 'ip-range', 'mac', 'port', 'uscc'] as const
