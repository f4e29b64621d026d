import { t, te } from '@/shared/i18n'

/** A permission in words: its object and its act. One that the catalogue does not know yet stands as it is written. */
export function permissionWords(permission: string): { object: string; act: string } {
  const at = permission.indexOf('.')
  const [object, act] = [permission.slice(0, at), permission.slice(at + 1)]
  const say = (key: string, code: string) => (te(key) ? t(key) : code)
  return { object: say(`access.object.${object}`, object), act: say(`access.act.${act}`, act) }
}
export function permissionName(permission: string): string {
  const { object, act } = permissionWords(permission)
  return t('access.permission', { object, act })
}
