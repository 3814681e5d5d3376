/** What was appended is read back; a torn end is let go, a broken middle is not. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EnvironmentError, InvariantError, UsageError } from '../lib/errors.ts'
import type { Event } from '../model/event.ts'
import { openJournal, readJournal } from './journal.ts'
import { createMask } from './mask.ts'
import { testFolder } from './testing.ts'

const plain = createMask('full')

function noted(seq: number, text: string): Event {
  return { seq, atMs: seq / 2, cell: 'a', type: 'noted', text }
}

test('every text survives', () => {
  using folder = testFolder()
  let n = 0
  fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
    const file = join(folder.path, `${n += 1}.ndjson`)
    const events = texts.map((text, i) => noted(i + 1, text))
    {
      using journal = openJournal(file, plain)
      for (const event of events) journal.append(event)
    }
    expect(readJournal(file)).toEqual(events)
  }))
})

test('flushed events are in the file while the journal is open', () => {
  using folder = testFolder()
  const file = join(folder.path, 'history.ndjson')
  using journal = openJournal(file, plain)
  journal.append(noted(1, 'one'))
  journal.flush()
  expect(readJournal(file)).toEqual([noted(1, 'one')])
  journal.append(noted(2, 'two'))
  journal.flush()
  expect(readJournal(file)).toHaveLength(2)
})

test('a large batch is written without a flush', () => {
  using folder = testFolder()
  const file = join(folder.path, 'history.ndjson')
  using journal = openJournal(file, plain)
  journal.append(noted(1, 'x'.repeat(70_000)))
  expect(readJournal(file)).toHaveLength(1)
})

test('cut at any byte, whole lines are kept', () => {
  using folder = testFolder()
  const file = join(folder.path, 'history.ndjson')
  const texts = ['one', 'zwei ü', 'three']
  writeFileSync(file, texts.map((text, i) => `${JSON.stringify(noted(i + 1, text))}\n`).join(''))
  for (let size = readFileSync(file).length; size >= 0; size -= 1) {
    truncateSync(file, size)
    const whole = readFileSync(file, 'utf8').split('\n').length - 1
    expect(readJournal(file)).toHaveLength(whole)
  }
})

test('a broken middle names its line', () => {
  using folder = testFolder()
  const file = join(folder.path, 'history.ndjson')
  writeFileSync(file, `${JSON.stringify(noted(1, 'one'))}\n{"seq":2,"atM\n${JSON.stringify(noted(3, 'three'))}\n`)
  expect(() => readJournal(file)).toThrow(EnvironmentError)
  expect(() => readJournal(file)).toThrow('line 2 is no event')
})

test('a line that was taken out is noticed', () => {
  using folder = testFolder()
  const file = join(folder.path, 'history.ndjson')
  writeFileSync(file, [noted(1, 'one'), noted(3, 'three')].map((event) => `${JSON.stringify(event)}\n`).join(''))
  expect(() => readJournal(file)).toThrow('line 2 is event 3 instead of 2')
})

test('a journal is never overwritten', () => {
  using folder = testFolder()
  const file = join(folder.path, 'history.ndjson')
  appendFileSync(file, 'something\n')
  expect(() => openJournal(file, plain)).toThrow(EnvironmentError)
  expect(readFileSync(file, 'utf8')).toBe('something\n')
})

test('nothing is appended after the end', () => {
  using folder = testFolder()
  const journal = openJournal(join(folder.path, 'history.ndjson'), plain)
  journal[Symbol.dispose]()
  expect(() => journal.append(noted(1, 'late'))).toThrow(InvariantError)
})

test('no journal is a sentence', () => {
  expect(() => readJournal('/nowhere/history.ndjson')).toThrow(UsageError)
})
