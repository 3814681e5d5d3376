/** A crossing from armed to off: what passes, what is withheld, when the point is reached, and what is a deviation. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Crossing } from './crossing.ts'
import type { LiveOperation } from './live-operation.ts'
import { operation, pointAt } from './testing.ts'

const known = new Set(['db INSERT#1', 'db COMMIT#1', 'psp POST#1', 'orders ack#1'])
const insert = operation('db INSERT#1')
const commit = operation('db COMMIT#1')
const post = operation('psp POST#1')

function crossingAt(op: string, side: 'before' | 'after', done?: readonly string[], holdsOthers = true): Crossing {
  return new Crossing('m', pointAt(op, side, done), { known, holdsOthers })
}

test('before: reached when the request itself is there and what it needs is over', () => {
  const crossing = crossingAt('db COMMIT#1', 'before', ['db INSERT#1'])
  expect(crossing.request(insert)).toBe('pass')
  expect(crossing.request(commit)).toBe('hold')
  expect(crossing.isReached).toBe(false)
  crossing.ended(insert)
  expect(crossing.isReached).toBe(true)
  expect(crossing.withheld).toEqual([commit])
  expect(crossing.holder).toBe('i1')
})

test('after: reached when the reply was read, and the reply is withheld from its first byte', () => {
  const crossing = crossingAt('db INSERT#1', 'after')
  expect(crossing.request(insert)).toBe('pass')
  expect(crossing.reply(insert)).toBe('hold')
  expect(crossing.reply(commit)).toBe('pass')
  expect(crossing.isReached).toBe(false)
  crossing.ended(insert)
  expect(crossing.isReached).toBe(true)
  expect(crossing.lastOver('db INSERT#1')).toBe(insert)
})

test('a one-way operation is over when it has gone upstream', () => {
  const ack = operation('orders ack#1', { oneWay: true })
  const crossing = crossingAt('orders ack#1', 'after')
  expect(crossing.request(ack)).toBe('pass')
  crossing.forwarded(insert)
  expect(crossing.isReached).toBe(false)
  crossing.forwarded(ack)
  expect(crossing.isReached).toBe(true)
})

test('what goes on beside the point is withheld in a world, and passes where both sides live on', () => {
  expect(crossingAt('db COMMIT#1', 'after').request(post)).toBe('hold')
  expect(crossingAt('db COMMIT#1', 'after', undefined, false).request(post)).toBe('pass')
})

test('reads, handshakes, background work and other messages pass until the point is reached', () => {
  const crossing = crossingAt('db COMMIT#1', 'before')
  const passing = [
    operation('db SELECT#1', { reads: true }), operation('db INSERT#1', { handshake: true }),
    operation('db INSERT#1', { cause: 'background' }), operation('db COMMIT#1', { message: 'another' }), undefined,
  ]
  expect(passing.map((op) => crossing.request(op))).toEqual(passing.map(() => 'pass'))
  expect(crossing.isReached).toBe(false)
  crossing.request(commit)
  expect(crossing.isReached).toBe(true)
  expect(passing.map((op) => crossing.request(op))).toEqual(passing.map(() => 'hold'))
})

test('an operation that no baseline showed is a deviation when it may change state', () => {
  const crossing = crossingAt('db COMMIT#1', 'before')
  expect(crossing.request(operation('db DELETE#1'))).toBe('pass')
  expect(crossing.request(operation('db UPDATE#1'))).toBe('pass')
  expect(crossing.deviation).toBe('db DELETE#1')
  const point = crossingAt('db DELETE#1', 'before')
  expect(point.request(operation('db DELETE#1'))).toBe('hold')
  expect(point.deviation).toBeUndefined()
})

test("another message's reply does not reach the point", () => {
  const crossing = crossingAt('db INSERT#1', 'after')
  const other = operation('db INSERT#1', { message: 'another' })
  expect(crossing.reply(other)).toBe('pass')
  crossing.ended(other)
  expect(crossing.isReached).toBe(false)
})

test('off: everything passes, and nothing is reached any more', async () => {
  const crossing = crossingAt('db COMMIT#1', 'before', ['db INSERT#1'])
  crossing.request(commit)
  crossing.disarm()
  crossing.ended(insert)
  expect(crossing.request(commit)).toBe('pass')
  expect(crossing.reply(insert)).toBe('pass')
  expect(crossing.isReached).toBe(false)
  expect(await Promise.race([crossing.reached.then(() => 'reached'), Promise.resolve('not yet')])).toBe('not yet')
})

interface Moment {
  readonly op: number
  readonly wish: 'send' | 'end'
}

/** A subject that sends each operation once, in any order, and a server that ends what it got, in any order. */
function play(crossing: Crossing, ops: readonly LiveOperation[], moments: readonly Moment[]): {
  readonly forwarded: ReadonlySet<LiveOperation>
  readonly atReach: readonly string[] | undefined
} {
  const forwarded = new Set<LiveOperation>()
  const sent = new Set<LiveOperation>()
  const over = new Set<LiveOperation>()
  let atReach: string[] | undefined
  const all = [...moments, ...ops.map((_, op): Moment => ({ op, wish: 'send' })),
    ...ops.map((_, op): Moment => ({ op, wish: 'end' }))]
  for (const { op: index, wish } of all) {
    const op = ops[index % ops.length]
    if (op === undefined) continue
    if (wish === 'send' && !sent.has(op)) {
      sent.add(op)
      if (crossing.request(op) === 'pass') forwarded.add(op)
    } else if (wish === 'end' && forwarded.has(op) && !over.has(op)) {
      over.add(op)
      crossing.ended(op)
    }
    if (crossing.isReached) atReach ??= [...over].map((one) => one.key)
  }
  return { forwarded, atReach }
}

test('in any order of sending and answering, the world at the point is the one that it names', () => {
  const keys = ['db A#1', 'db B#1', 'psp C#1', 'psp D#1', 'orders E#1']
  const ops = keys.map((key) => operation(key))
  const moment = fc.record({ op: fc.nat(keys.length - 1), wish: fc.constantFrom('send' as const, 'end' as const) })
  fc.assert(fc.property(
    fc.array(moment, { maxLength: 20 }), fc.nat(keys.length - 1), fc.subarray(keys), fc.boolean(),
    (moments, index, others, after) => {
      const own = keys[index] ?? ''
      const needed = others.filter((key) => key !== own)
      const done = after ? [...needed, own] : needed
      const rules = { known: new Set(keys), holdsOthers: true }
      const crossing = new Crossing('m', pointAt(own, after ? 'after' : 'before', done), rules)
      const { forwarded, atReach } = play(crossing, ops, moments)
      expect(atReach).toBeDefined()
      expect(new Set(atReach)).toEqual(new Set(done))
      expect(new Set([...forwarded].map((op) => op.key))).toEqual(new Set(done))
      const rest = keys.filter((key) => !done.includes(key)).toSorted()
      expect(crossing.withheld.map((op) => op.key).toSorted()).toEqual(rest)
      expect(crossing.deviation).toBeUndefined()
    }))
})

test('once reached, only what the fault wants is withheld', () => {
  const [own, other] = [operation('db INSERT#1'), operation('db INSERT#2', { message: 'n' })]
  const next = operation('db UPDATE#1')
  const decisions = (holds: 'everything' | 'message' | 'operation'): unknown[] => {
    const rules = { known: new Set([own.key]), holdsOthers: false, holds }
    const crossing = new Crossing('m', pointAt(own.key, 'before'), rules)
    return [crossing.request(own), crossing.request(other), crossing.request(next)]
  }
  expect(decisions('everything')).toEqual(['hold', 'hold', 'hold'])
  expect(decisions('message')).toEqual(['hold', 'pass', 'hold'])
  expect(decisions('operation')).toEqual(['hold', 'pass', 'pass'])
})

test('what comes only now and then is not withheld for a world', () => {
  const [own, sometimes, always] = [operation('orders ack#1'), operation('db COMMIT#2'), operation('db COMMIT#1')]
  const known = new Set([own.key, sometimes.key, always.key])
  const crossing = new Crossing('m', pointAt(own.key, 'before'), {
    known, others: new Set([own.key, always.key]), holdsOthers: true,
  })
  expect([crossing.request(sometimes), crossing.request(always)]).toEqual(['pass', 'hold'])
  expect(crossing.deviation).toBeUndefined()
})

test('those that are kept in hand are not settled before the point is reached, and otherwise go on', () => {
  const keeps = new Set(['n'])
  const crossing = new Crossing('m', pointAt('db COMMIT#1', 'before'), { known, holdsOthers: false, keeps })
  expect(crossing.request(operation('db COMMIT#1', { message: 'n' }))).toBe('pass')
  const ack = operation('returns ack#1', { message: 'n', settles: true })
  expect(crossing.request(ack)).toBe('hold')
  expect(crossing.request({ ...ack, message: 'other' })).toBe('pass')
  expect(crossing.withheld).toEqual([])
  crossing.disarm()
  expect(crossing.request(ack)).toBe('pass')
})
