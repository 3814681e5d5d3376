/** Schedules from orders: contexts of each fault, one fault for each error, pairs that stay few, equal for a seed. */
import { describe, expect, test } from 'vitest'
import { faultNamed } from '../faults/registry.ts'
import type { Context } from '../model/point.ts'
import { causalOrder, type TracedOperation } from './points.ts'
import { makeSchedule, type Planned } from './schedule.ts'

function op(key: string, at: number, more: Partial<TracedOperation> = {}): TracedOperation {
  const [link = ''] = key.split(' ')
  return {
    key, link, connection: link, reads: false, tied: true, oneWay: false, startSeq: at, answeredSeq: at + 1, ...more,
  }
}

const trace = [
  op('db SELECT#1', 1, { reads: true, errors: ['57P01'] }),
  op('db INSERT#1', 3, { errors: ['40P01', '57P01'] }),
  op('db COMMIT#1', 5, { errors: ['57P01-done', '57P01-lost'] }),
  op('orders basic.ack#1', 7, { oneWay: true, answeredSeq: undefined }),
]

function scheduled(
  faults: readonly string[], seed = 's', contexts: readonly Context[] = ['start', 'cold', 'warm'],
): Planned[] {
  const orders = new Map(contexts.map((context) => [context, causalOrder([trace])]))
  return makeSchedule({ faults: faults.map(faultNamed), orders, leaseLinks: new Set(['orders']), seed })
}

function names(planned: readonly Planned[]): string[] {
  return planned.map(({ fault, point }) => `${fault.name} @ ${point.name} (${point.context})`).sort()
}

describe('what a fault says of itself decides', () => {
  test('start-up is broken by kills only, and a whole message is repeated once', () => {
    expect(scheduled(['stop', 'cut', 'race']).some(({ point }) => point.context === 'start')).toBe(false)
    expect(scheduled(['kill']).some(({ point }) => point.context === 'start')).toBe(true)
    expect(names(scheduled(['duplicate', 'replay']))).toEqual(['duplicate @ message (cold)', 'replay @ message (cold)'])
  })

  test('each error that an operation can get is a fault of its own', () => {
    expect(names(scheduled(['error']))).toEqual([
      'error 40P01 @ db INSERT#1 before (cold)', 'error 57P01 @ db INSERT#1 before (cold)',
      'error 57P01 @ db SELECT#1 before (cold)', 'error 57P01-done @ db COMMIT#1 before (cold)',
      'error 57P01-lost @ db COMMIT#1 before (cold)',
    ])
    expect(names(scheduled(['error 40P01']))).toEqual(['error 40P01 @ db INSERT#1 before (cold)'])
  })

  test('a zombie stands behind replies, and never on the link that carries the lease', () => {
    expect(names(scheduled(['zombie']))).toEqual([
      'zombie @ db COMMIT#1 after (cold)', 'zombie @ db INSERT#1 after (cold)', 'zombie @ db SELECT#1 after (cold)',
    ])
  })
})

describe('pairs', () => {
  test('each of two stands somewhere', () => {
    const pairs = scheduled(['race-twice'], 's', ['start', 'cold', 'warm'])
    expect(pairs).toHaveLength(9)
    expect(pairs.find(({ point }) => point.name === 'db INSERT#1 before | db COMMIT#1 before')?.point.twin?.name)
      .toBe('db COMMIT#1 before')
  })

  test('the seed alone chooses which', () => {
    const many = Array.from({ length: 8 }, (_, i) => op(`db INSERT t${i}#1`, 2 * i))
    const chosen = (seed: string): string[] => names(makeSchedule({
      faults: [faultNamed('race-twice')], orders: new Map([['cold', causalOrder([many])]]), leaseLinks: new Set(), seed,
    }))
    expect(chosen('a')).toHaveLength(16)
    expect(chosen('a')).toEqual(chosen('a'))
    expect(chosen('a')).not.toEqual(chosen('b'))
  })
})

describe('lanes', () => {
  const ack = op('returns basic.ack#1', 3, { oneWay: true, answeredSeq: undefined })
  const onReturns = [op('db INSERT @returns#1', 1), ack]
  const orders = new Map([
    ['start', causalOrder([[op('orders basic.consume#1', 1)]])] as const, ['cold', causalOrder([trace])] as const,
  ])
  const lanes = new Map([['orders', orders], ['returns', new Map([['cold', causalOrder([onReturns])] as const])]])
  const wish = { orders, lanes, leaseLinks: new Set(['orders', 'returns']), seed: 's' }

  test('each has points of its own, and a start-up is of none', () => {
    const planned = makeSchedule({ ...wish, faults: [faultNamed('kill')] })
    const of = (lane: string | undefined): string[] => names(planned.filter(({ point }) => point.lane === lane))
    expect(of(undefined)).toEqual([
      'kill @ orders basic.consume#1 after (start)', 'kill @ orders basic.consume#1 before (start)',
    ])
    expect(of('returns')).toEqual([
      'kill @ db INSERT @returns#1 after (cold)', 'kill @ db INSERT @returns#1 before (cold)',
      'kill @ returns basic.ack#1 after (cold)',
    ])
    expect(of('orders')).toEqual(names(scheduled(['kill'], 's', ['cold'])))
  })

  test('a whole message is one of a lane', () => {
    expect(names(makeSchedule({ ...wish, faults: [faultNamed('duplicate')] })))
      .toEqual(['duplicate @ message @orders (cold)', 'duplicate @ message @returns (cold)'])
  })
})
