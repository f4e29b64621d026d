#!/usr/bin/env node
// The contract's generator: merges backend/api/*.yaml and writes the C route table and openapi.json.
// usage: gen-api.mjs API_DIR BUILD_DIR. It refuses what it does not support, by name and place.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(join(here, '../frontend/package.json'))
const { parse } = require('yaml')

const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const BODY_KINDS = {
  'application/json': 'BODY_JSON',
  'multipart/form-data': 'BODY_MULTIPART',
  'application/xml': 'BODY_XML',
  'application/x-ndjson': 'BODY_NDJSON',
  'application/x-www-form-urlencoded': 'BODY_FORM',
}
const SCOPES = { none: 'ROWS_NONE', org: 'ROWS_ORG', self: 'ROWS_SELF' }
const OPERATION_KEYS = new Set(['operationId', 'summary', 'description', 'tags', 'parameters', 'requestBody', 'responses',
  'x-perm', 'x-perm-more', 'x-scope', 'x-audit', 'x-tx', 'x-body-max', 'x-label', 'x-sheet'])
const SCHEMA_KEYS = new Set(['type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items', 'minItems',
  'maxItems', 'uniqueItems', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum',
  'exclusiveMaximum', 'multipleOf', 'format', '$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else',
  'dependentRequired', 'default', 'readOnly', 'writeOnly', 'title', 'description', 'examples', 'deprecated'])

class Refused extends Error {}
const refuse = (where, why) => { throw new Refused(`${where}: ${why}`) }

function mergeInto(target, from, where) {
  for (const [key, value] of Object.entries(from ?? {})) {
    if (key in target) refuse(where, `${key} is defined twice`)
    target[key] = value
  }
}

export function merge(apiDir) {
  const files = readdirSync(apiDir).filter((f) => f.endsWith('.yaml')).sort()
  const doc = { paths: {}, components: { schemas: {}, parameters: {} } }
  for (const file of files) {
    const part = parse(readFileSync(join(apiDir, file), 'utf8'), { merge: true })
    for (const key of Object.keys(part)) {
      if (key === 'paths' || key === 'components') continue
      if (file !== 'openapi.yaml') refuse(file, `only openapi.yaml may have ${key}`)
      doc[key] = part[key]
    }
    mergeInto(doc.paths, part.paths, `${file} paths`)
    for (const kind of Object.keys(part.components ?? {})) {
      doc.components[kind] ??= {}
      mergeInto(doc.components[kind], part.components[kind], `${file} components/${kind}`)
    }
  }
  // Whoever is known may ask too often, whatever for.
  for (const item of Object.values(doc.paths))
    for (const op of Object.values(item))
      if (op.operationId && op['x-perm'] !== 'public') op.responses['429'] ??= { $ref: '#/components/responses/RateLimited' }
  const { openapi, info, servers, ...rest } = doc
  return { openapi, info, servers, ...rest }
}

function deref(doc, node, where) {
  if (!node?.$ref) return node
  if (!node.$ref.startsWith('#/')) refuse(where, `$ref outside the document: ${node.$ref}`)
  const target = node.$ref.slice(2).split('/').reduce((o, k) => o?.[k.replaceAll('~1', '/').replaceAll('~0', '~')], doc)
  if (target === undefined) refuse(where, `$ref to nothing: ${node.$ref}`)
  return target
}

function checkSchema(doc, schema, where) {
  if (typeof schema === 'boolean') return
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) refuse(where, 'a schema is an object or a boolean')
  for (const key of Object.keys(schema))
    if (!SCHEMA_KEYS.has(key) && !key.startsWith('x-')) refuse(where, `schema keyword ${key} is not supported`)
  if (schema.$ref) deref(doc, schema, where)
  for (const [name, sub] of Object.entries(schema.properties ?? {})) checkSchema(doc, sub, `${where}/${name}`)
  for (const key of ['items', 'not', 'if', 'then', 'else']) if (key in schema) checkSchema(doc, schema[key], `${where}/${key}`)
  if (typeof schema.additionalProperties === 'object') checkSchema(doc, schema.additionalProperties, `${where}/*`)
  for (const key of ['allOf', 'anyOf', 'oneOf']) (schema[key] ?? []).forEach((s, i) => checkSchema(doc, s, `${where}/${key}/${i}`))
}

// What comes from outside is closed: an object schema of a body says what else it takes.
function checkClosed(doc, schema, where, seen = new Set()) {
  if (!schema || typeof schema !== 'object' || seen.has(schema)) return
  seen.add(schema)
  if (schema.$ref) return checkClosed(doc, deref(doc, schema, where), where, seen)
  if (schema.properties && schema.additionalProperties === undefined) refuse(where, 'additionalProperties must be said')
  for (const [name, sub] of Object.entries(schema.properties ?? {})) checkClosed(doc, sub, `${where}/${name}`, seen)
  if (schema.items) checkClosed(doc, schema.items, `${where}/items`, seen)
}

function bodyOf(doc, op, where) {
  const request = deref(doc, op.requestBody, where)
  const out = { kinds: [], required: Boolean(request?.required), schema: null }
  for (const [type, media] of Object.entries(request?.content ?? {})) {
    const kind = BODY_KINDS[type] ?? refuse(where, `content type ${type} is not supported`)
    out.kinds.push(kind)
    if (!['BODY_JSON', 'BODY_FORM'].includes(kind)) continue
    if (!media.schema) refuse(where, 'a JSON body or a form needs a schema')
    if (out.schema) refuse(where, 'one of a JSON body and a form')
    checkClosed(doc, media.schema, `${where} body`)
    out.schema = media.schema
  }
  return out
}

function paramsOf(doc, item, op, where) {
  return [...(item.parameters ?? []), ...(op.parameters ?? [])].map((raw) => {
    const p = deref(doc, raw, where)
    if (!['path', 'query'].includes(p.in)) refuse(where, `parameter ${p.name} is in ${p.in}; only path and query are supported`)
    if (!p.schema) refuse(where, `parameter ${p.name} has no schema`)
    checkSchema(doc, p.schema, `${where} ${p.name}`)
    return { name: p.name, inPath: p.in === 'path', required: p.in === 'path' || Boolean(p.required), schema: p.schema }
  })
}

function operation(doc, path, item, method, seen) {
  const op = item[method]
  const where = `${method.toUpperCase()} ${path}`
  for (const key of Object.keys(op)) if (!OPERATION_KEYS.has(key)) refuse(where, `${key} is not known`)
  if (!/^[a-z][a-z0-9_]*$/.test(op.operationId ?? '')) refuse(where, 'operationId names the handler in snake_case')
  if (seen.has(op.operationId)) refuse(where, `operationId ${op.operationId} is used twice`)
  seen.add(op.operationId)
  if (typeof op['x-perm'] !== 'string') refuse(where, 'x-perm is missing; "public" must be said')
  // Permissions that a handler asks for by itself: they show more, they open nothing.
  if (op['x-perm-more'] !== undefined && !(Array.isArray(op['x-perm-more']) && op['x-perm-more'].every((p) => typeof p === 'string')))
    refuse(where, 'x-perm-more is a list of permissions')
  const tx = op['x-tx'] ?? (method === 'get' ? 'none' : refuse(where, 'a write says x-tx'))
  if (!['none', 'write'].includes(tx)) refuse(where, `x-tx ${tx}`)
  if (method === 'get' && tx === 'write') refuse(where, 'a GET changes nothing')
  const audit = op['x-audit'] ?? (method === 'get' ? undefined : refuse(where, 'a write says x-audit, or "none"'))
  const sheet = op['x-sheet']
  if (sheet !== undefined && !doc.components.schemas[sheet]?.properties) refuse(where, 'x-sheet names the schema of a row')
  const scope = SCOPES[op['x-scope'] ?? 'none'] ?? refuse(where, `x-scope ${op['x-scope']}`)
  const params = paramsOf(doc, item, op, where)
  for (const [, name] of path.matchAll(/\{([^}]+)\}/g))
    if (!params.some((p) => p.inPath && p.name === name)) refuse(where, `path parameter ${name} is not described`)
  return { id: op.operationId, method: method.toUpperCase(), path, perm: op['x-perm'], sheet, more: op['x-perm-more'] ?? [], audit: audit === 'none' ? undefined : audit, scope, tx,
    body: bodyOf(doc, op, where), bodyMax: op['x-body-max'] ?? 1 << 20, params }
}

export function routesOf(doc) {
  const seen = new Set()
  const list = []
  for (const path of Object.keys(doc.paths).sort())
    for (const method of Object.keys(doc.paths[path])) {
      if (method === 'parameters') continue
      if (!METHODS.includes(method)) refuse(path, `${method} is not supported`)
      list.push(operation(doc, path, doc.paths[path], method, seen))
    }
  for (const [name, schema] of Object.entries(doc.components.schemas)) checkSchema(doc, schema, name)
  return list
}

const cString = (s) => s === null || s === undefined ? 'NULL' : `"${Buffer.from(String(s)).toString('latin1')
  .replace(/[\\"?]/g, (c) => `\\${c}`).replace(/[^\x20-\x7e]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`

// String literals longer than this are split over lines; compilers take them whole.
function cText(text) {
  const pieces = []
  for (let i = 0; i < text.length; i += 2000) pieces.push(cString(text.slice(i, i + 2000)))
  return pieces.join('\n    ')
}

function routeC(r, i) {
  const params = r.params.map((p) =>
    `    {${cString(p.name)}, ${p.inPath}, ${p.required}, ${cString(JSON.stringify(p.schema))}},`)
  const table = params.length ? `static const struct route_param params_${i}[] = {\n${params.join('\n')}\n};\n` : ''
  const schema = r.body.schema ? cString(JSON.stringify(r.body.schema)) : 'NULL'
  const entry = `    {.operation = ${cString(r.id)}, .method = ${cString(r.method)}, .path = ${cString(r.path)}, .handler = ${r.id},
     .perm = ${cString(r.perm)}, .audit = ${cString(r.audit)}, .rows = ${r.scope}, .tx = ${r.tx === 'write' ? 'TX_WRITE' : 'TX_NONE'},
     .body = ${r.body.kinds.join(' | ') || '0'}, .body_required = ${r.body.required}, .body_max = ${r.bodyMax}, .schema_json = ${schema}, .sheet = ${cString(r.sheet)},
     .params = ${params.length ? `params_${i}` : 'NULL'}, .param_count = ${params.length}},`
  return { table, entry }
}

export function routesC(doc, list) {
  const parts = list.map(routeC)
  const permissions = [...new Set(list.flatMap((r) => [r.perm, ...r.more]))].filter((p) => !['public', 'session'].includes(p)).sort()
  return `/* Generated from backend/api by scripts/gen-api.mjs. */
#include "http/route.h"

${list.map((r) => `struct error *${r.id}(struct request *);`).join('\n')}

${parts.map((p) => p.table).join('')}
const struct route routes[] = {
${parts.map((p) => p.entry).join('\n')}
};
const size_t route_count = sizeof routes / sizeof *routes;

const char *const route_permissions[] = {
${permissions.map((p) => `    ${cString(p)},`).join('\n')}
};
const size_t route_permission_count = sizeof route_permissions / sizeof *route_permissions;

const char openapi_json[] =
    ${cText(JSON.stringify(doc))};
const size_t openapi_json_len = sizeof openapi_json - 1;
`
}

function main([apiDir, buildDir]) {
  if (!apiDir || !buildDir) throw new Refused('usage: gen-api.mjs API_DIR BUILD_DIR')
  const doc = merge(resolve(apiDir))
  const list = routesOf(doc)
  mkdirSync(join(buildDir, 'gen'), { recursive: true })
  writeFileSync(join(buildDir, 'openapi.json'), `${JSON.stringify(doc, null, 1)}\n`)
  writeFileSync(join(buildDir, 'gen/routes.c'), routesC(doc, list))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2))
  } catch (e) {
    if (!(e instanceof Refused)) throw e
    console.error(`gen-api: ${e.message}`)
    process.exit(1)
  }
}
