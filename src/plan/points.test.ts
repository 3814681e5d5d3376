/**
 * Points from traces: chains give one world more than they have changing operations, concurrent work gives every cut.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { faults } from '../faults/registry.ts'
import { causalOrder, pointsFor, type Trace, type TracedOperation } from './points.ts'

const lease = new Set(['orders'])

function op(
  key: string, startSeq: number, answeredSeq: number | undefined, more: Partial<TracedOperation> = {},
): TracedOperation {
  const [link = ''] = key.split(' ')
  const oneWay = answeredSeq === undefined
  return { key, link, connection: link, reads: false, tied: false, oneWay, startSeq, answeredSeq, ...more }
}

const inbox: Trace = [
  op('db BEGIN#1', 1, 2, { reads: true }),
  op('db INSERT inbox#1', 3, 4),
  op('db INSERT invoices#1', 5, 6),
  op('db COMMIT#1', 7, 8),
  op('orders basic.ack#1', 9, undefined),
]

function killPoints(trace: Trace): { name: string; also: readonly string[]; done: readonly string[] }[] {
  const place = faults['kill']?.at
  if (place === undefined) throw new RangeError('kill is a fault')
  return pointsFor(place, causalOrder([trace]), lease, 'cold')
}

describe('worlds of a dead process', () => {
  test('an inbox consumer has five', () => {
    expect(killPoints(inbox).map((point) => point.name)).toEqual([
      'db INSERT inbox#1 before', 'db INSERT inbox#1 after', 'db INSERT invoices#1 after', 'db COMMIT#1 after',
      'orders basic.ack#1 after',
    ])
    expect(killPoints(inbox)[3]?.also).toEqual(['orders basic.ack#1 before'])
  })

  test('two concurrent operations have all four', () => {
    const both: Trace = [op('db INSERT a#1', 1, 3), op('psp POST /charges#1', 2, 4)]
    expect(killPoints(both).map((point) => [...point.done].sort())).toEqual([
      [], ['db INSERT a#1'], ['psp POST /charges#1'], ['db INSERT a#1', 'psp POST /charges#1'],
    ])
  })

  test('an acknowledgement that nothing waits for is concurrent with what follows on another link', () => {
    const ackFirst: Trace = [op('orders basic.ack#1', 1, undefined), op('db INSERT a#1', 2, 3)]
    expect(killPoints(ackFirst).map((point) => point.done)).toContainEqual(['orders basic.ack#1'])
  })
})

test('a link break counts on both sides of every operation, reads too', () => {
  const place = faults['cut']?.at
  if (place === undefined) throw new RangeError('cut is a fault')
  expect(pointsFor(place, causalOrder([inbox]), lease, 'cold')).toHaveLength(10)
})

test('operations that are not in every trace are no points', () => {
  const order = causalOrder([inbox, inbox.slice(1)])
  expect(order.unstable).toEqual(['db BEGIN#1'])
})

test('property: every world is a consistent cut, and no two are the same', () => {
  const row = fc.record({
    at: fc.integer({ min: 1, max: 40 }), took: fc.integer({ min: 1, max: 10 }), link: fc.constantFrom('a', 'b'),
  })
  const traces = fc.array(row, { minLength: 1, maxLength: 7 })
    .map((rows): Trace => rows.map((row, i) => op(`${row.link} X${i}#1`, row.at * 10 + i, row.at * 10 + i + row.took)))
  fc.assert(fc.property(traces, (trace) => {
    const order = causalOrder([trace])
    const points = killPoints(trace)
    for (const point of points) {
      for (const key of point.done) for (const need of order.needs(key)) expect(point.done).toContain(need)
    }
    expect(new Set(points.map((point) => [...point.done].sort().join())).size).toBe(points.length)
  }))
})
