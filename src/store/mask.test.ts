/** Masking hides values, keeps equality, and leaves alone what checkers and people read by name. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventOf } from '../model/event.ts'
import { createMask, defaultMaskMode } from './mask.ts'

const key = Buffer.from('a key for tests')

function observed(content: Readonly<Record<string, string | null>>): EventOf<'effect-observed'> {
  return {
    seq: 1, atMs: 0, cell: 'a', type: 'effect-observed', effect: 'invoice', identity: 'o-1', message: 'm-1',
    content, reading: 'final',
  }
}

const operation: EventOf<'operation-started'> = {
  seq: 1, atMs: 0, cell: 'a', type: 'operation-started', incarnation: 'i', connection: 'c', operation: 'o', link: 'db',
  kind: 'INSERT', text: 'insert into t values ($)', occurrence: 1, reads: false, oneWay: false, handshake: false,
  cause: 'token', message: 'm-1', values: ['alice', 'alice', 'bob'],
}

test('full changes nothing', () => {
  expect(createMask('full').event(operation)).toBe(operation)
})

test('values are hidden and equal ones stay equal', () => {
  const masked = createMask('masked', key).event(operation)
  expect(JSON.stringify(masked)).not.toMatch(/alice|bob/)
  if (masked.type !== 'operation-started') expect.unreachable()
  const [first, second, third] = masked.values ?? []
  expect(first).toBe(second)
  expect(first).not.toBe(third)
  expect(masked.text).toBe(operation.text)
})

test('what is quoted in a sentence is masked line by line, and says so', () => {
  expect(createMask('full').quote('a\nb')).toBe('a\nb')
  expect(createMask('masked', key).quote('')).toBe('')
  const quoted = createMask('masked', key).quote('password=hunter2\npassword=hunter2')
  expect(quoted).toMatch(/^(#[0-9a-f]{12})\n\1 \(masked\)$/)
})

test('contents compare equal after masking exactly when they did before', () => {
  const content = fc.dictionary(fc.string(), fc.option(fc.constantFrom('a', 'b', '', 'null')))
  for (const mode of ['masked', 'digest'] as const) {
    const mask = createMask(mode, key)
    fc.assert(fc.property(content, content, (left, right) => {
      const before = JSON.stringify(left) === JSON.stringify(right)
      const after = JSON.stringify(mask.event(observed(left))) === JSON.stringify(mask.event(observed(right)))
      expect(after).toBe(before)
    }))
  }
})

test('an identity is masked as the column that it came from', () => {
  const masked = createMask('masked', key).event(observed({ id: 'o-1', gone: null }))
  if (masked.type !== 'effect-observed') expect.unreachable()
  expect(masked.content['id']).toBe(masked.identity)
  expect(masked.content['gone']).toBeNull()
  expect(masked.message).toBe('m-1')
})

test('an effect without an identity is still seen to have none', () => {
  const mask = createMask('masked')
  const nameless = mask.event({
    seq: 1, atMs: 0, cell: 'c', type: 'effect-observed', effect: 'charge', identity: '', message: undefined,
    content: { body: 'x' }, reading: 'final',
  })
  expect(nameless).toMatchObject({ identity: '' })
})

test('digest keeps one hash of what no checker reads', () => {
  const masked = createMask('digest', key).event(operation)
  if (masked.type !== 'operation-started') expect.unreachable()
  expect(masked.values).toHaveLength(1)
})

test('output is hidden', () => {
  const output: EventOf<'output'> = {
    seq: 1, atMs: 0, cell: 'a', type: 'output', incarnation: 'i', stream: 'stdout', text: 'paid by alice\n',
  }
  for (const mode of ['masked', 'digest'] as const) {
    expect(JSON.stringify(createMask(mode, key).event(output))).not.toContain('alice')
  }
})

test.each([
  ['true', 'masked'], ['1', 'masked'], ['', 'full'], ['false', 'full'], [undefined, 'full'],
])('CI=%s', (ci, mode) => {
  expect(defaultMaskMode(ci === undefined ? {} : { CI: ci })).toBe(mode)
})

test('a key that messages share is hidden alike where it is sent and where it is read; sums are kept', () => {
  const mask = createMask('masked', key)
  const sent = mask.event({
    seq: 1, atMs: 0, cell: 'a', type: 'sent', message: 'm-1', copy: 1, outcome: 'ok', key: 'c-7', amount: 128,
  })
  const read = mask.event({ ...observed({}), identity: 'c-7', shared: { key: 'c-7', sum: 128, holds: 'm-1' } })
  if (sent.type !== 'sent' || read.type !== 'effect-observed') expect.unreachable()
  expect(sent.key).toMatch(/^#/)
  expect(sent.amount).toBe(128)
  expect(read.shared).toEqual({ key: sent.key, sum: 128, holds: 'm-1' })
})
