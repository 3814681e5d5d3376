/** What a person reads of `--exhaustive`. */
import { expect, test } from 'vitest'
import type { Exhaustive } from '../check/exhaustive.ts'
import { exhaustiveLines, exhaustiveSentence } from './exhaustive-table.ts'

const found: Exhaustive = {
  boundaries: 2, worlds: 2, points: 3, disagreements: [], missed: [],
  raw: [
    { place: 'raw db reply 0', frame: 'C', world: ['db COMMIT#1'], shown: ['duplicate of invoice'] },
    { place: 'raw db request 0', frame: 'Q', world: [], shown: [] },
  ],
  named: [
    { place: 'db COMMIT#1 before', frame: '', world: [], shown: [] },
    { place: 'db COMMIT#1 after', frame: '', world: ['db COMMIT#1'], shown: ['duplicate of invoice'] },
    { place: 'psp POST /charges#1 after', frame: '', world: ['psp POST /charges#1'], shown: [] },
  ],
}

test('boundaries by world, worlds with the named points that leave them, and the sentence', () => {
  expect(exhaustiveLines('demo', found)).toEqual([
    'demo: kills at every raw frame boundary',
    'world | boundary | withheld | anomalies',
    'w0 | raw db request 0 | Q | nothing wrong',
    'w1 | raw db reply 0 | C | duplicate of invoice',
    'w0: nothing is done',
    '  named: db COMMIT#1 before: nothing wrong',
    'w1: done are db COMMIT#1',
    '  named: db COMMIT#1 after: duplicate of invoice',
    'only named: psp POST /charges#1 after, where done are psp POST /charges#1: nothing wrong',
    '2 raw frame boundaries, 2 distinct worlds, 3 named kill points: same anomalies',
  ])
})

test('what differs and what was not reached comes before the sentence, and is counted in it', () => {
  const disagreements = ['raw db reply 0: no named point leaves its world']
  const differing = { ...found, disagreements, missed: ['raw x 1'] }
  expect(exhaustiveLines('demo', differing).slice(-3)).toEqual([
    'not reached: raw x 1', 'DIFFERS: raw db reply 0: no named point leaves its world',
    '2 raw frame boundaries, 2 distinct worlds, 3 named kill points: differ 1 time, 1 not reached',
  ])
  expect(exhaustiveSentence({ ...found, boundaries: 1 })).toContain('1 raw frame boundary,')
})
