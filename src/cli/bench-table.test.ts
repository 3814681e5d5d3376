/** The benchmark's text fits a terminal, and says its ratios. */
import { expect, test } from 'vitest'
import type { SubjectResult } from '../run/bench.ts'
import { benchLines, machineLines } from './bench-table.ts'

const summary = { median: 1234.56, min: 1000.12, max: 2000.34, n: 60 }
const phaseNames = ['victim ready', 'a', 'b', 'c', 'd', 'e', 'f', 'g']
const phases = Object.fromEntries(phaseNames.map((name) => [name, 1234.5]))
const subject: SubjectResult = {
  subject: 'demo/right', command: ['node', 'right.mjs'], interpreter: '/usr/local/bin/node v24.21.0',
  bareCpu: 0.1, bareAlone: summary, bareAllCores: { ...summary, median: 617.28 }, coldStart: summary,
  points: ['a', 'b'],
  modes: [{
    mode: 'chain, one cell, no spares', startsPerKill: 2, wallPerKill: summary, toFloor: { ...summary, median: 2.5 },
    cpuPerKill: { subjects: 0.125, harness: 0.025, servers: 0.05 }, phases,
  }],
}

const machine = { cores: 2, model: 'A Processor', kernel: '6.1', node: 'v24.21.0', loadAtStart: [0.1, 0.25, 1] }
const versions = { broker: '4.1.0' }
const lines = [...machineLines(machine, versions), ...benchLines(machine, { versions, subjects: [subject, subject] })]

test('no line is wider than 100 columns', () => {
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('ratios are to the floor, and to the floor of as many starts', () => {
  expect(lines.find((line) => line.startsWith('chain, one cell'))).toMatch(/1234\.6 .* 2\.50 +2\.00 +1\.25$/)
  expect(lines.join('\n')).toContain('floor: 1.6 bare starts per second on 2 cores')
  expect(lines.join('\n')).toMatch(/0\.125 +0\.025 +0\.050 +0\.200 +0\.100 +2\.00 +1\.00/)
})
