/**
 * What holds of every history: judging is total, evidence taken away never makes a green, and what goes on beside a
 * campaign does not change its judgement.
 *
 * Histories are of two kinds: any events in any order, and small campaigns that random stories tell.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import type { Judgement } from '../model/verdict.ts'
import { judge } from './judge.ts'
import type { Draft, Story } from './testing.ts'
import { ev, fine, history, killPoint, learn, stepId, world } from './testing.ts'

const message = fc.constantFrom('m1', 'm2', 'm3')
const step = fc.constantFrom('s1', 's2', 's3')
const point = fc.constantFrom(killPoint, 'orders ack#1 before', 'elsewhere')
const phase = fc.constantFrom('baseline', 'sweep', 'recovery', 'controls', 'confirm', 'settle', 'replay')
const end = fc.constantFrom('fired', 'not-exercised', 'not-applicable')
const stepEnd = fc.constantFrom('settled', 'unsettled', 'deviated', 'not-exercised', 'aborted')
const settlement = fc.constantFrom('ack', 'requeue', 'discard', 'auto')
const delivery = fc.constantFrom('d1', 'd2')
const maybeMessage = fc.option(message, { nil: undefined })
const head = { incarnation: fc.constant('i1'), connection: fc.constant('k1'), delivery }

function body<T extends EventBody['type']>(type: T): fc.Arbitrary<T> {
  return fc.constant(type)
}

const bodies: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({
    type: body('step-started'), phase, context: fc.constantFrom('cold', 'warm', 'recovery'),
    messages: fc.array(message, { maxLength: 2 }),
    faults: fc.array(fc.record({ fault: fc.constantFrom('kill', 'cut'), point }), { maxLength: 2 }),
  }),
  fc.record({ type: body('step-ended'), reason: stepEnd }),
  fc.record({
    type: body('sent'), message, copy: fc.constantFrom(1, 2), outcome: fc.constantFrom('ok', 'failed', 'indeterminate'),
    as: fc.constantFrom('retry', 'replay', 'late', 'undecodable'), key: fc.constantFrom('a', 'b'),
    amount: fc.constantFrom(0, 128, 256, -1, 0.5, NaN),
  }, { requiredKeys: ['type', 'message', 'copy', 'outcome'] }),
  fc.record({
    type: body('delivered'), ...head, message: maybeMessage, redelivered: fc.boolean(), lane: fc.constant('q'),
  }),
  fc.record({ type: body('settled'), ...head, message: maybeMessage, how: settlement }),
  fc.record({
    type: body('incarnation-exited'), incarnation: fc.constant('i1'), code: fc.constant(null),
    signal: fc.constant(null),
    because: fc.constantFrom('fault', 'rest'),
  }),
  fc.record({ type: body('incarnation-ready'), incarnation: fc.constant('i1') }),
  fc.record({ type: body('fault-armed'), fault: fc.constant('kill'), point, incarnation: fc.constant('i1') }),
  fc.record({
    type: body('fault-did'), fault: fc.constant('kill'), point, verb: fc.constantFrom('kill', 'cut'),
    detail: fc.constant(''),
  }),
  fc.record({ type: body('fault-ended'), fault: fc.constantFrom('kill', 'cut'), point, end, detail: fc.constant('') }),
  fc.record({
    type: body('effect-observed'), effect: fc.constantFrom('invoice', 'orders insert'),
    identity: fc.constantFrom('a', 'b'), message: maybeMessage,
    content: fc.dictionary(fc.constantFrom('x', '__proto__', 'y'), fc.constantFrom('1', '2', null)),
    reading: fc.constantFrom('final', 'live'),
    shared: fc.record({
      key: fc.constantFrom('a', 'b'), sum: fc.constantFrom(0, 128, 384, -1, 0.5, NaN, 1e300), holds: message,
      counted: fc.nat(3),
    }, { requiredKeys: ['key'] }),
  }, { requiredKeys: ['type', 'effect', 'identity', 'message', 'content', 'reading'] }),
  fc.record({ type: body('backlog-observed'), ready: fc.nat(1), unsettled: fc.nat(1) }),
  fc.record({ type: body('dead-letter-observed'), message: maybeMessage, queue: fc.constant('dlq') }),
  fc.record({
    type: body('control-ended'), effect: fc.constant('invoice'), what: fc.constantFrom('loss', 'duplicate'),
    seen: fc.boolean(), how: fc.constant(''),
  }),
  fc.record({
    type: body('point-found'), point, also: fc.array(point, { maxLength: 2 }), context: fc.constantFrom('cold', 'warm'),
    faults: fc.constantFrom([], ['kill']),
  }),
  fc.record({
    type: body('learned'), what: fc.constantFrom('suite', 'links', 'tail', 'merge-check', 'attribution'),
    value: fc.jsonValue({ maxDepth: 2 }),
  }),
  fc.record({ type: body('run-ended'), reason: fc.constantFrom('completed', 'error') }),
)

const drafts: fc.Arbitrary<Draft> = fc.tuple(bodies, fc.option(step, { nil: undefined }), fc.constantFrom('c1', 'c2'))
  .map(([event, of, cell]) => ev(event, of, { cell }))

const faults = [{ fault: 'kill', point: killPoint }] as const

/** A step of a sweep in which anything may have happened. */
function story(name: string): fc.Arbitrary<Story> {
  return fc.record({
    message: fc.constant(name),
    phase: fc.constantFrom('sweep' as const, 'sweep' as const, 'recovery' as const, 'confirm' as const),
    cell: fc.constantFrom('c1', 'c2'),
    copies: fc.constantFrom(1, 1, 2),
    faults: fc.constantFrom([], faults, faults),
    deliveries: fc.array(fc.option(settlement, { nil: undefined }), { maxLength: 3 })
      .map((all) => [...all, 'ack' as const]),
    killedAfter: fc.constantFrom(1, 2, 9),
    faultEnd: fc.constantFrom('fired' as const, 'fired' as const, 'not-exercised' as const, 'none' as const),
    end: fc.constantFrom('settled' as const, 'settled' as const, 'unsettled' as const, 'deviated' as const),
    found: fc.constantFrom([{}], [{}], [], [{}, {}], [{ content: { total: '7' } }]),
  })
}

const campaigns: fc.Arbitrary<Event[]> = fc.tuple(story('m4'), story('m5'), story('m6'))
  .map((stories) => world({ stories }))

/** Numbers anew after events were put in or moved. */
function renumbered(events: readonly Event[]): Event[] {
  return events.map((event, index) => ({ ...event, seq: (index + 1) * 10 }))
}

test('judging is total: no history makes a checker fail, and none of these is certified', () => {
  fc.assert(fc.property(fc.array(drafts, { maxLength: 40 }), (all) => {
    const judged = judge(history(all))
    expect(judged.doubts.filter((doubt) => doubt.code === 'checker-failed')).toEqual([])
    expect(judged.verdict).not.toBe('certified')
  }), { numRuns: 400 })
})

test('judging is total where messages share rows and contracts say something', () => {
  const suite = fc.record({
    name: fc.constant('orders'), profile: fc.constant('quick'), horizonMs: fc.constant(1), tailMs: fc.constant(1),
    effects: fc.constantFrom('sum', 'last').map((shared) => (
      [{ name: 'invoice', expectation: 'once', kind: 'sql', declared: true, shared }]
    )),
    contract: fc.record({ producerDuplicates: fc.boolean(), replayWithinMs: fc.nat(9) }, { requiredKeys: [] }),
    deadLetter: fc.constantFrom([], ['dlq']), reject: fc.boolean(),
  })
  fc.assert(fc.property(suite, fc.array(drafts, { maxLength: 40 }), (value, all) => {
    const judged = judge(history([learn('suite', value), ...all.filter((draft) => draft.type !== 'learned')]))
    expect(judged.doubts.filter((doubt) => doubt.code === 'checker-failed')).toEqual([])
    expect(judged.verdict).not.toBe('certified')
  }), { numRuns: 400 })
})

test('a fired fault more never turns a violation into a certificate', () => {
  fc.assert(fc.property(campaigns, fc.nat(), fc.constantFrom('m1', 'm4', 'm5', 'm6'), (events, where, of) => {
    const end: EventBody = { type: 'fault-ended', fault: 'kill', point: killPoint, end: 'fired', detail: '' }
    const fired = ev(end, stepId({ message: of }))
    const more = renumbered(events.toSpliced(where % events.length, 0, { ...fired, seq: 0 }))
    if (judge(events).verdict === 'violated') expect(judge(more).verdict).not.toBe('certified')
  }))
})

test('an end of a fault less never turns a doubt into a certificate', () => {
  fc.assert(fc.property(campaigns, fc.nat(), (events, which) => {
    const ends = events.filter((event) => event.type === 'fault-ended')
    fc.pre(ends.length > 0)
    const gone = ends[which % ends.length]
    const less = events.filter((event) => event !== gone)
    if (judge(events).verdict !== 'certified') expect(judge(less).verdict).not.toBe('certified')
  }))
})

test('a green needs every one of its facts: none of them can be taken away', () => {
  const green = world()
  const needed = green.filter((event) => event.type !== 'incarnation-started' && event.type !== 'incarnation-ready'
    && event.type !== 'incarnation-exited' && event.type !== 'fault-did'
    && !(event.type === 'learned' && event.what === 'merge-check'))
  expect(judge(green).verdict).toBe('certified')
  const survivors = needed.filter((event) => judge(green.filter((other) => other !== event)).verdict === 'certified')
  // A fault that says it fired is believed when the message came back, and rows without a backlog are still rows.
  expect(survivors.map((event) => event.type)).toEqual(['delivered', 'backlog-observed'])
})

const noise: fc.Arbitrary<Draft> = fc.constantFrom<EventBody>(
  { type: 'output', incarnation: 'other', stream: 'stderr', text: 'a warning' },
  { type: 'noted', text: 'something' },
  { type: 'connection-opened', incarnation: 'other', link: 'db', connection: 'k77' },
  {
    type: 'delivered', incarnation: 'other', connection: 'k77', delivery: 'd77', message: undefined,
    redelivered: false, lane: 'other',
  },
  { type: 'operation-forwarded', operation: 'op77' },
  { type: 'unknown-bytes', link: 'db', connection: 'k77', detail: 'ping', mayChangeState: false },
).map((event) => ev(event, undefined, { cell: 'elsewhere' }))

test('what goes on beside the campaign changes nothing', () => {
  const places = fc.array(fc.tuple(fc.nat(), noise), { maxLength: 9 })
  fc.assert(fc.property(campaigns, places, (events, inserted) => {
    const mixed = [...events, ...inserted.map(([where, draft], index) => (
      { ...draft, seq: (where % events.length) * 10 + (index + 1) }
    ))].sort((a, b) => a.seq - b.seq)
    expect(judge(mixed)).toEqual(judge(events))
  }))
})

test('cells that work side by side are judged as one after the other', () => {
  fc.assert(fc.property(campaigns, fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }), (events, order) => {
    const own = events.filter((event) => event.cell === 'c1')
    const other = events.filter((event) => event.cell !== 'c1')
    const mixed = [...own, ...other].map((_, index) => (
      (order[index % order.length] === true ? own.shift() ?? other.shift() : other.shift() ?? own.shift())
    )).filter((event) => event !== undefined)
    expect(essence(judge(renumbered(mixed)))).toEqual(essence(judge(events)))
  }))
})

function essence(judged: Judgement): unknown {
  return {
    verdict: judged.verdict, points: judged.points, messages: judged.messages,
    findings: judged.findings.map(({ id, count, confirmed }) => ({ id, count, confirmed })),
    doubts: judged.doubts.map((doubt) => doubt.code).sort(),
  }
}

test('the same history is judged the same', () => {
  fc.assert(fc.property(campaigns, (events) => {
    expect(judge(JSON.parse(JSON.stringify(events)))).toEqual(judge(events))
  }), { numRuns: 30 })
  expect(judge(world({ baseline: fine, also: [learn('noise', 1)] })).verdict).toBe('certified')
})
