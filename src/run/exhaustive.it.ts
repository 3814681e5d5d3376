/**
 * `--exhaustive` on the demo's broken consumer with real servers: every raw frame boundary is killed at, and the named
 * points leave nothing out. That the comparison can fail is shown on the same history with a named point taken out.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareExhaustive, type Exhaustive } from '../check/exhaustive.ts'
import { packageFolder } from '../lib/package-info.ts'
import type { Event } from '../model/event.ts'
import type { SuiteResult } from '../model/run.ts'
import { readJournal } from '../store/journal.ts'
import { loadSuite } from '../suite/load.ts'
import { certifySuite } from './certify.ts'
import { openTrialStack, type TrialStack } from './testing.ts'

let stack: TrialStack
let result: SuiteResult
let history: readonly Event[]
let found: Exhaustive

beforeAll(async () => {
  stack = await openTrialStack()
  const file = join(packageFolder, 'suites', 'demo', 'broken.suite.yaml')
  const out = join(stack.folder, 'exhaustive')
  result = await certifySuite(stack.harness, await loadSuite(file), {
    suites: [file], out, seed: 'exhaustive', faults: ['kill'], profile: 'quick', budgetMs: undefined, cells: 2,
    exhaustive: true, progress: { phase: () => undefined, step: () => undefined, line: () => undefined },
    signal: new AbortController().signal, command: 'a test', index: 0, many: false,
  })
  history = readJournal(join(out, 'history.ndjson'))
  found = compareExhaustive(history)
})

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

test('every boundary is reached, and shows what the named points show', () => {
  expect(found.missed).toEqual([])
  expect(found.disagreements).toEqual([])
  expect(found.boundaries).toBeGreaterThan(2 * found.points)
  expect(found.worlds).toBe(found.points)
  expect(found.raw.filter(({ shown }) => shown.length > 0).length).toBeGreaterThan(0)
})

test('the violation is that of the named points, without a doubt', () => {
  expect(result).toMatchObject({ verdict: 'violated', judgement: { doubts: [] } })
  const places = new Set(result.judgement.findings.map(({ point }) => point))
  expect([...places].filter((point) => point.startsWith('raw '))).toEqual([])
})

test('a named point that nobody tried would be missed', () => {
  const violated = result.judgement.findings.flatMap(({ points }) => points)
  const steps = new Set(history.flatMap((event) => (event.type === 'step-started' && event.phase === 'sweep'
    && event.faults.some(({ point }) => violated.includes(point)) ? [event.step] : [])))
  const { disagreements } = compareExhaustive(history.filter((event) => !steps.has(event.step)))
  expect(disagreements.some((sentence) => sentence.endsWith('no named point leaves its world'))).toBe(true)
  expect(disagreements.some((sentence) => sentence.endsWith('no named point shows it'))).toBe(true)
})
