/** The cost of a sweep fits a terminal, in seconds of the clock and milliseconds per step. */
import { expect, test } from 'vitest'
import type { ProfileCost } from '../run/bench-cost.ts'
import { costLines } from './bench-cost-table.ts'

const parts = { ready: 12_345, reach: 4_000, fault: 2_000, start: 30_000, work: 10_000, wait: 99_999, read: 500 }
const full: ProfileCost = {
  profile: 'full', verdict: 'certified', campaignMs: 123_456, cpu: { subjects: 60, harness: 20, servers: 18.76 },
  points: 120, steps: 20, wallMs: 100_000, phases: { baseline: 4_000, sweep: 100_000 },
  faults: [{ fault: 'race-twice', points: 1_234, steps: 10, parts }, { fault: 'none', points: 0, steps: 10, parts }],
  all: parts,
}
const machine = { cores: 2, model: 'A Processor', kernel: '6.1', node: 'v24', loadAtStart: [0.1, 0.25, 1] }
const profiles = [full, full]
const lines = costLines(machine, { suite: 'demo/right', cells: 2, versions: {}, stackMs: 4_321, profiles })

test('no line is wider than 100 columns', () => {
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('seconds are told by the clock, parts per step', () => {
  const text = lines.join('\n')
  expect(text).toContain('profile full: 120 points, 20 steps in 100.0 s, 5000 ms each; certified')
  expect(text).toMatch(/race-twice +1234 +10 +158\.8 +15884 +1235 +400 +200 +3000 +1000 +10000 +50\n/)
  expect(text).toMatch(/to warm up +10 +158\.8/)
  expect(text).toContain('40 % of 2 cores')
})
