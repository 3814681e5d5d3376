/** Whole lines only, each once, however the writer's chunks fall. */
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogLines } from './log-lines.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onceproof-log-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('a file that does not exist yet has no lines', async () => {
  expect(await new LogLines(join(folder, 'none.log')).next()).toEqual([])
})

test('a line that is not finished comes with its end', async () => {
  const file = join(folder, 'server.log')
  const lines = new LogLines(file)
  await appendFile(file, 'one\ntw')
  expect(await lines.next()).toEqual(['one'])
  await appendFile(file, 'o\n\nthree\n')
  expect(await lines.next()).toEqual(['two', '', 'three'])
  expect(await lines.next()).toEqual([])
})

test('every line comes once, wherever the writes are cut', async () => {
  let run = 0
  const pieces = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 8 })
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), pieces, async (text, cuts) => {
    run += 1
    const file = join(folder, `${run}.log`)
    const bytes = Buffer.from(`${text}\n`)
    const lines = new LogLines(file)
    const seen: string[] = []
    let at = 0
    for (const cut of cuts) {
      await appendFile(file, bytes.subarray(at, at + cut.length))
      at += cut.length
      seen.push(...await lines.next())
    }
    await appendFile(file, bytes.subarray(Math.min(at, bytes.length)))
    seen.push(...await lines.next())
    expect(seen).toEqual(bytes.toString('utf8').split('\n').slice(0, -1))
  }), { numRuns: 40, seed: 7 })
})
