/** What must be found, against what was. */
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { sampleFinding } from '../model/testing.ts'
import { isExpected, missingOf, parseExpected } from './expected.ts'

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

test('a fault without a variant is met by each of its variants, and by no other fault', () => {
  const [point = ''] = sampleFinding.points
  const any = parseExpected(JSON.stringify([{ anomaly: 'duplicate', fault: 'error', points: [point] }]), 'x')
  const one = parseExpected(JSON.stringify([{ anomaly: 'duplicate', fault: 'error 500', points: [point] }]), 'x')
  const found = (fault: string): typeof sampleFinding => ({ ...sampleFinding, fault })
  expect(missingOf(any, [found('error 40P01')])).toEqual([])
  expect(missingOf(one, [found('error 500')])).toEqual([])
  for (const fault of ['error', 'error 500-done', 'error 40P01']) {
    expect(missingOf(one, [found(fault)])).toHaveLength(1)
    expect(isExpected(found(fault), one)).toBe(false)
    expect(isExpected(found(fault), any)).toBe(true)
  }
  expect(isExpected(found('kill-wipe'), expected)).toBe(false)
  expect(isExpected(found('kill'), expected)).toBe(true)
})
