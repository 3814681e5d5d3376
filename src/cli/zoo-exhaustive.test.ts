/** What the zoo's exhaustive run tells, and that nothing unseen agrees. */
import { expect, test } from 'vitest'
import { agrees, exhaustiveLine, exhaustiveRow, exhaustiveSum } from './zoo-exhaustive.ts'

const found = { boundaries: 12, worlds: 4, points: 6, disagreements: [], missed: [], raw: [], named: [] }
const ran = { name: 'lost/x/broken', durationMs: 9_400 }

test('agreement is one line', () => {
  const row = exhaustiveRow(ran, found)
  expect(agrees(row)).toBe(true)
  expect(exhaustiveLine(row))
    .toBe('ok      12 boundaries   4 worlds   6 points   0 differ   0 missed        9 s  lost/x/broken')
})

test('every disagreement is told at the end, and what was not reached', () => {
  const rows = [exhaustiveRow(ran, found), exhaustiveRow(ran, { ...found, disagreements: ['a', 'b'], missed: ['c'] })]
  expect(rows.map(agrees)).toEqual([true, false])
  expect(exhaustiveSum(rows)).toEqual([
    'not reached: lost/x/broken: c', 'DIFFERS: lost/x/broken: a', 'DIFFERS: lost/x/broken: b',
    '2 suites: 24 raw frame boundaries, 8 worlds, 12 named kill points, 2 disagreements, 1 boundaries not reached, '
      + '0 suites not compared',
  ])
})

test('a suite that could not run, or came to no boundary, does not agree', () => {
  const failed = exhaustiveRow({ ...ran, failure: 'it went' }, { ...found, boundaries: 0 })
  const empty = exhaustiveRow(ran, { ...found, boundaries: 0 })
  expect([failed, empty].map(agrees)).toEqual([false, false])
  expect(exhaustiveSum([failed, empty]).slice(0, 2))
    .toEqual(['not compared: lost/x/broken: it went', 'not compared: lost/x/broken: no boundary was come to'])
})
