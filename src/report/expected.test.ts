/** What must be found, against what was. */
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { sampleFinding } from '../model/testing.ts'
import { missingOf, parseExpected } from './expected.ts'

const expected = parseExpected(JSON.stringify([
  { anomaly: 'duplicate', fault: 'kill', points: sampleFinding.points },
]), 'expected.json')

test('any name of a point counts', () => {
  expect(missingOf(expected, [{ ...sampleFinding, point: 'other' }])).toEqual([])
})

test('another fault or anomaly is not it', () => {
  expect(missingOf(expected, [{ ...sampleFinding, fault: 'cut' }])).toHaveLength(2)
  expect(missingOf(expected, [{ ...sampleFinding, anomaly: 'lost' }])).toHaveLength(2)
})

test('each listed point must show it', () => {
  const [first = ''] = sampleFinding.points
  const missing = missingOf(expected, [{ ...sampleFinding, points: [first] }])
  expect(missing).toEqual([{ anomaly: 'duplicate', fault: 'kill', point: 'orders basic.ack#1 before' }])
})

test.each(['{}', 'x', '[{"anomaly":"doubled","fault":"kill","points":["a"]}]'])('%s is refused', (text) => {
  expect(() => parseExpected(text, 'expected.json')).toThrow(UsageError)
})
