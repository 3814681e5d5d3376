/** Old Nodes get a sentence, and what they have to read to get it is old code. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { tooOld } from './node-version.ts'

test.each(['0.12.18', '14.21.3', '20.20.2', '22.18.0', '23.11.1'])('%s is too old', (version) => {
  expect(tooOld(version)).toMatch(new RegExp(`^onceproof needs Node 24 or newer and this is Node ${version};`))
})

test.each(['24.0.0', '24.21.0', '26.1.0', '100.0.0'])('%s will do', (version) => {
  expect(tooOld(version)).toBeUndefined()
})

test.each(['bin.ts', 'node-version.ts'])('%s has nothing that an old Node can not read', (name) => {
  const code = stripTypeScriptTypes(readFileSync(new URL(name, import.meta.url), 'utf8'))
  const text = code.replaceAll(/\/\*[^]*?\*\/|'[^'\n]*'/g, '')
  expect(text).not.toMatch(/\?\?|\?\.|`|\bawait\b|\bclass\b|\busing\b|#\w|\*\*|import type|\.\.\./)
})
