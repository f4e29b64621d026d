#!/usr/bin/env node
// The list of tables that a move of an organisation re-stamps (org/restamp.h), read from the migrations, so that none is forgotten:
// every table with the columns of an organisation's place. usage: gen-restamp.mjs MIGRATIONS_DIR OUT_FILE
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Whose rows keep the place as it was.
const REMAINS = { orgs: 'the tree itself, changed in one transaction', audit_log: 'a trail is not rewritten: it tells where things happened' }
const FIRST = { UUID: '00000000-0000-0000-0000-000000000000', BIGINT: '0', INT: '0' }

const [dir, out] = process.argv.slice(2)
const tables = new Map()
for (const file of readdirSync(dir).filter((f) => f.endsWith('.sql')).sort()) {
  const text = readFileSync(join(dir, file), 'utf8').replace(/--.*$/gm, '')
  for (const [, name, body] of text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\(([\s\S]*?)\n\)/g)) tables.set(name, { body, placed: /\borg_l1\b/.test(body) })
  for (const [, name, body] of text.matchAll(/ALTER TABLE (\w+)([^;]*);/g)) if (/ADD COLUMN (?:IF NOT EXISTS )?org_l1\b/.test(body) && tables.has(name)) tables.get(name).placed = true
  for (const [, name] of text.matchAll(/DROP TABLE (?:IF EXISTS )?(\w+)/g)) tables.delete(name)
}

const lines = ['/* Made by scripts/gen-restamp.mjs from the migrations. RESTAMP(table, first column of its key, what is before all keys) */']
for (const [name, { body, placed }] of tables) {
  if (!placed) continue
  if (REMAINS[name]) {
    lines.push(`REMAINS(${name}) /* ${REMAINS[name]} */`)
    continue
  }
  const key = /PRIMARY KEY \((\w+)/.exec(body)?.[1] ?? /^\s*(\w+)\s[^,]*PRIMARY KEY/m.exec(body)?.[1]
  const type = key && new RegExp(`^\\s*${key}\\s+(\\w+)`, 'm').exec(body)?.[1]
  if (!FIRST[type]) {
    console.error(`gen-restamp: ${name}: a table of units needs a primary key that begins with a UUID or a number (${key} ${type})`)
    process.exit(1)
  }
  lines.push(`RESTAMP(${name}, ${key}, "${FIRST[type]}")`)
}
writeFileSync(out, lines.join('\n') + '\n')
