import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetAnswers, http, Problem, sayProblem, setCsrf, whenSessionLost } from '../src/shared/api'
import { setLocale } from '../src/shared/i18n'

const asked: Request[] = []
let next: () => Response = () => new Response('{}')

beforeEach(() => {
  asked.length = 0
  forgetAnswers()
  setLocale('zh-CN')
  vi.stubGlobal('fetch', async (r: Request) => {
    asked.push(r)
    return next()
  })
})
afterEach(() => vi.unstubAllGlobals())

const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' }, ...init })
const base = 'http://localhost'
const get = <T>(path: string) => http<T>('GET', `${path}`)

describe('the client', () => {
  it('turns a 304 into the answer it kept', async () => {
    next = () => json({ n: 1 }, { headers: { 'content-type': 'application/json', etag: '"a"' } })
    expect(await get('/x')).toEqual({ n: 1 })
    next = () => new Response(null, { status: 304 })
    expect(await get('/x')).toEqual({ n: 1 })
    expect(asked[1]!.headers.get('if-none-match')).toBe('"a"')
    expect(new URL(asked[1]!.url, base).pathname).toBe('/api/v1/x')
  })
  it('asks anew in the other language', async () => {
    next = () => json({ n: 1 }, { headers: { 'content-type': 'application/json', etag: '"a"' } })
    await get('/x')
    setLocale('en')
    await get('/x')
    expect(asked[1]!.headers.get('if-none-match')).toBeNull()
    expect(asked[1]!.headers.get('accept-language')).toBe('en')
  })
  it('sends the token with writes only', async () => {
    setCsrf('t0')
    next = () => json({})
    await get('/x')
    await http('POST', '/x', { body: { a: 1 } })
    expect(asked.map((r) => r.headers.get('x-csrf-token'))).toEqual([null, 't0'])
  })
  it('gives a refusal as a problem with its fields', async () => {
    next = () => json({ title: 'Wrong', code: 'validation_failed', errors: [{ field: 'name', code: 'required', message: 'Name it' }], request_id: 'r1' }, { status: 422 })
    const p = await http('POST', '/x', { body: {} }).catch((e) => e as Problem)
    expect(p).toBeInstanceOf(Problem)
    expect(p).toMatchObject({ status: 422, code: 'validation_failed', requestId: 'r1', errors: [{ field: 'name' }] })
    expect(sayProblem(p as Problem)).toBe('Wrong')
  })
  it('says so when no answer came or it was no problem document', async () => {
    next = () => {
      throw new TypeError('failed')
    }
    expect(await get('/x').catch((e) => (e as Problem).code)).toBe('network')
    next = () => new Response('<html>', { status: 502 })
    expect(await get('/x').catch((e) => (e as Problem).status)).toBe(502)
  })
  it('tells once that the session is lost, but not for a failed sign-in', async () => {
    const lost = vi.fn()
    whenSessionLost(lost)
    next = () => json({ code: 'unauthenticated' }, { status: 401 })
    await http('POST', '/session', { body: {} }).catch(() => {})
    expect(lost).not.toHaveBeenCalled()
    await get('/x').catch(() => {})
    expect(lost).toHaveBeenCalledOnce()
  })
})
