import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from '@/gen/api'
import { currentLocale } from '../i18n'
import { Problem, asProblem, problemOf } from './problem'

/** Paths of the contract are whole (`/api/v1/orgs`); the loose helpers below may leave this out. */
const BASE = '/api/v1'
const whole = (path: string) => (path.startsWith(BASE) ? path : BASE + path)

let csrf = ''
let onLost: () => void = () => {}

export function setCsrf(token: string): void {
  csrf = token
}
/** The app says once what a lost session means (sign-in page with the way back). */
export function whenSessionLost(f: () => void): void {
  onLost = f
}

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Answers that carried an ETag, by URL and language: a 304 is turned back into them, so callers never see one. */
const kept = new Map<string, { etag: string; body: string }>()
const KEPT_MAX = 100
const KEPT_BYTES = 512 * 1024

function keyOf(request: Request): string {
  return `${currentLocale()} ${request.url}`
}
function keep(key: string, etag: string, body: string): void {
  kept.delete(key)
  kept.set(key, { etag, body })
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
}
export function forgetAnswers(): void {
  kept.clear()
}

const house: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', currentLocale())
    if (UNSAFE.has(request.method)) {
      if (csrf) request.headers.set('X-CSRF-Token', csrf)
    } else {
      const known = kept.get(keyOf(request))
      if (known) request.headers.set('If-None-Match', known.etag)
    }
    return request
  },
  async onResponse({ request, response }) {
    if (response.status === 304) {
      const known = kept.get(keyOf(request))
      if (known) return new Response(known.body, { status: 200, headers: { 'content-type': 'application/json' } })
    }
    if (response.status === 401 && !request.url.endsWith('/session')) onLost()
    const etag = response.headers.get('etag')
    if (request.method === 'GET' && response.status === 200 && etag) {
      const body = await response.clone().text()
      if (body.length <= KEPT_BYTES) keep(keyOf(request), etag, body)
    }
    if (!response.ok) throw await problemOf(response)
    return response
  },
  onError({ error }) {
    return asProblem(error)
  },
}

/** The typed client. Paths and bodies come from the contract (`npm run gen`); a wrong one does not compile. */
export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin', fetch: (r) => fetch(r) })
api.use(house)

/** Awaits a call of `api` and gives its data; anything else is a thrown `Problem`. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  try {
    const { data, error } = await call
    if (error !== undefined) throw asProblem(error)
    return data as T
  } catch (e) {
    throw asProblem(e)
  }
}

/** For the few callers whose path is data (the task tray, a picker given a source). Same headers, same errors. */
export async function http<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options: { query?: Record<string, unknown>; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const loose = api as unknown as Record<string, (p: string, o: unknown) => Promise<{ data?: T; error?: unknown }>>
  return unwrap(loose[method]!(whole(path), { params: { query: options.query }, body: options.body, signal: options.signal }))
}

/** Uploads one file as multipart with progress (fetch has none). */
export function upload<T>(
  path: string,
  file: File,
  onProgress: (done: number, total: number) => void = () => {},
  signal?: AbortSignal,
  fields: Record<string, string> = {},
  method: 'POST' | 'PUT' = 'POST',
): Promise<T> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest()
    x.open(method, whole(path))
    x.setRequestHeader('X-CSRF-Token', csrf)
    x.setRequestHeader('Accept-Language', currentLocale())
    x.upload.onprogress = (e) => onProgress(e.loaded, e.lengthComputable ? e.total : file.size)
    x.onerror = () => reject(asProblem(new Error('')))
    x.onabort = () => reject(new Problem(0, 'aborted', ''))
    x.onload = async () => {
      if (x.status === 401) onLost()
      if (x.status >= 200 && x.status < 300) resolve(x.responseText ? JSON.parse(x.responseText) : undefined)
      else
        reject(
          await problemOf(
            new Response(x.responseText, {
              status: x.status || 500,
              headers: { 'x-request-id': x.getResponseHeader('x-request-id') ?? '', 'retry-after': x.getResponseHeader('retry-after') ?? '' },
            }),
          ),
        )
    }
    signal?.addEventListener('abort', () => x.abort())
    const form = new FormData()
    for (const [k, v] of Object.entries(fields)) form.append(k, v)
    form.append('file', file, file.name)
    x.send(form)
  })
}
