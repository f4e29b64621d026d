import { Problem } from '../api'
import { readTarget } from '../format'
import { t } from '../i18n'
import type { ListParams } from './schema'

/** The filter `address` takes a whole address; anything else is said here, in the reader's words, before the server is asked. */
export function mustAskAddress(params: ListParams): ListParams {
  const asked = params.address as string | undefined
  if (!asked) return params
  const read = readTarget(asked)
  if (!read || !('address' in read)) throw new Problem(422, 'invalid', t('shared.list.not_an_address', { value: asked }))
  return { ...params, address: read.address }
}
