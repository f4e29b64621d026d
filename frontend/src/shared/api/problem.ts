import { currentLocale, i18n, t } from '../i18n'

export interface FieldError {
  field: string
  code: string
  message: string
  /** What the message speaks of: limit, now, pattern ... */
  params?: Record<string, unknown>
}

/** A rejected request: the problem document of RFC 9457, or `network` when no answer came. The page decides by `code`. */
export class Problem extends Error {
  override name = 'Problem'
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail = '',
    readonly errors: FieldError[] = [],
    readonly requestId = '',
    readonly retryAfter = 0,
  ) {
    super(detail || title)
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get('x-request-id') ?? ''
  const retry = Number(response.headers.get('retry-after') ?? 0) || 0
  try {
    const d = await response.json()
    return new Problem(
      response.status,
      String(d.code ?? 'unknown'),
      String(d.title ?? ''),
      String(d.detail ?? ''),
      Array.isArray(d.errors) ? d.errors : [],
      String(d.request_id ?? requestId),
      retry,
    )
  } catch {
    return new Problem(response.status, 'unknown', '', '', [], requestId, retry)
  }
}

export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  return new Problem(0, 'network', t('shared.error.network'), e instanceof Error ? e.message : '')
}

/**
 * What to print: the catalogue's own words for a code where it has them (`shared.error.<code>`), otherwise what
 * the server says in the caller's language (its title; the detail is English), otherwise a sentence by status.
 */
export function sayProblem(p: Problem): string {
  // How long to wait is known from the header only; without it the server's own words are better.
  const timed = p.code === 'locked' || p.code === 'rate_limited'
  const key = `shared.error.${p.code}`
  if (i18n.global.te(key) && (!timed || p.retryAfter)) return t(key, { minutes: Math.max(1, Math.ceil(p.retryAfter / 60)), seconds: p.retryAfter })
  const said = currentLocale() === 'en' ? p.detail || p.title : p.title || p.detail
  if (said) return said
  if (p.status >= 500) return t('shared.error.server')
  return t('shared.error.unknown')
}
