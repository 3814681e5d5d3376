/**
 * What the two emulators were measured to break, asked of them anew: an emulator that is mended, or breaks something
 * else, must change the table that verdicts rest on. Needs what `onceproof setup` brings.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLedger } from '../lib/ledger.ts'
import { inspectParts } from '../parts/registry.ts'
import { elasticmqPart } from '../parts/sqs-elasticmq.ts'
import { sqsPart } from '../parts/sqs.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startSqs } from '../stack/sqs.ts'
import { testSqs } from './sqs-selftest.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const broken = {
  'localstack 4.14.0': [
    'expiry-of-other-group', 'stale-handle-visibility', 'stale-handle-delete', 'receive-attempt-id',
  ],
  'elasticmq 1.7.1': ['dedup-scope', 'expired-delete', 'delete-twice', 'receive-attempt-id'],
}

test.for(Object.entries(broken))('%s breaks the rules that it is known for, and no other', async ([version, rules]) => {
  await using ledger = await openLedger(folder)
  const found = await inspectParts([sqsPart, elasticmqPart])
  const part = found.find(({ name }) => name === (version.startsWith('elasticmq') ? 'elasticmq' : 'sqs'))
  if (part === undefined) expect.unreachable('both emulators are parts')
  const parts = [...found.filter(({ name }) => name !== 'sqs'), { ...part, name: 'sqs', version }]
  await using stack = await nativeEnvironment(ledger, { parts, starters: { sqs: startSqs } }).start(['sqs'])
  const server = stack.servers['sqs']
  if (server === undefined) expect.unreachable('there is no sqs')
  const answers = await testSqs(server)
  expect(answers.filter(({ conforms }) => !conforms).map(({ rule }) => rule)).toEqual(rules)
  for (const { conforms, detail } of answers) expect(detail.includes('; here: ')).toBe(!conforms)
})
