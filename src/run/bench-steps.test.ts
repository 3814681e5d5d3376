/** What steps cost, out of histories that are written by hand and of any shape. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import { partNames, sweepCost, totalOf, type Parts } from './bench-steps.ts'

let seq = 0

function at(atMs: number, cell: string, step: string | undefined, body: EventBody): Event {
  seq += 1
  return { ...body, seq, atMs, cell, ...step === undefined ? {} : { step } }
}

const race = { fault: 'race', point: 'db COMMIT#1 before' } as const
const delivery = { connection: 'k', delivery: '1:1', message: 'm' } as const
const operation = {
  connection: 'k', link: 'db', kind: 'SELECT', text: '', occurrence: 1, reads: true, oneWay: false, handshake: false,
} as const

function started(atMs: number, cell: string, step: string, faults: readonly { fault: string; point: string }[]): Event {
  return at(atMs, cell, step, { type: 'step-started', phase: 'sweep', context: 'cold', messages: ['m'], faults })
}

const phase: readonly Event[] = [
  at(0, '', undefined, {
    type: 'point-found', point: 'db COMMIT#1 before', also: [], context: 'cold', faults: ['race'],
  }),
  at(0, '', undefined, {
    type: 'point-found', point: 'db COMMIT#1 before', also: [], context: 'warm', faults: ['error 40P01', 'error 40001'],
  }),
  at(50, '', undefined, { type: 'phase-started', phase: 'sweep' }),
]

const raceStep: readonly Event[] = [
  at(60, 'c1', undefined, { type: 'incarnation-started', incarnation: 'i1', spare: false, pid: 1 }),
  at(100, 'c1', undefined, { type: 'incarnation-ready', incarnation: 'i1' }),
  started(101, 'c1', 's1', [race]),
  at(103, 'c1', 's1', { type: 'delivered', incarnation: 'i1', redelivered: false, lane: 'q', ...delivery }),
  at(111, 'c1', 's1', { type: 'fault-held', ...race, withheld: [], proven: 'ok' }),
  at(112, 'c1', 's1', { type: 'fault-did', ...race, verb: 'hold', detail: '' }),
  at(115, 'c1', 's1', { type: 'fault-did', ...race, verb: 'warp', detail: '' }),
  at(116, 'c1', 's1', { type: 'fault-did', ...race, verb: 'start', detail: '' }),
  at(130, 'c1', 's1', { type: 'operation-started', operation: 'o1', incarnation: 'i2', cause: 'start', ...operation }),
  at(150, 'c1', 's1', { type: 'incarnation-ready', incarnation: 'i2' }),
  at(160, 'c1', 's1', { type: 'settled', incarnation: 'i2', how: 'ack', ...delivery }),
  at(161, 'c1', 's1', { type: 'fault-did', ...race, verb: 'await', detail: 'settled' }),
  at(162, 'c1', 's1', { type: 'fault-did', ...race, verb: 'release', detail: '' }),
  at(170, 'c1', 's1', { type: 'operation-started', operation: 'o2', incarnation: 'i1', cause: 'token', ...operation }),
  at(180, 'c1', 's1', {
    type: 'operation-started', operation: 'o3', incarnation: 'i1', cause: 'background', ...operation,
  }),
  at(370, 'c1', 's1', { type: 'fault-did', ...race, verb: 'await', detail: 'it has nothing left to do' }),
  at(375, 'c1', 's1', { type: 'fault-did', ...race, verb: 'leave', detail: '' }),
  at(380, 'c1', 's1', { type: 'step-ended', reason: 'settled' }),
]

const plainStep: readonly Event[] = [
  started(381, 'c1', 's2', []),
  at(383, 'c1', 's2', { type: 'delivered', incarnation: 'i2', redelivered: false, lane: 'q', ...delivery }),
  at(390, 'c1', 's2', { type: 'settled', incarnation: 'i2', how: 'ack', ...delivery }),
  at(392, 'c1', 's2', { type: 'step-ended', reason: 'settled' }),
]

const history = [...phase, ...raceStep, ...plainStep, at(400, '', undefined, { type: 'phase-ended', phase: 'sweep' })]

test('the parts of a race follow each other, and a silence is no work', () => {
  const cost = sweepCost(history)
  expect(cost.faults[0]).toEqual({
    fault: 'race', points: 1, steps: 1,
    parts: { ready: 41, reach: 10, fault: 3 + 1 + 1 + 5, start: 34, work: 10 + 8, wait: 1 + 1 + 200, read: 5 },
  })
})

test('steps without a fault have a row, and variants of a fault are one', () => {
  const cost = sweepCost([...history.slice(0, 3), started(60, 'c9', 's9', [{ fault: 'error 40P01', point: 'x' }]),
    at(70, 'c9', 's9', { type: 'step-ended', reason: 'settled' }), ...history.slice(3)])
  expect(cost.faults.map(({ fault, points, steps }) => [fault, points, steps]))
    .toEqual([['race', 1, 1], ['none', 0, 1], ['error', 2, 1]])
})

test('points are counted per context, and phases by the clock', () => {
  const { points, steps, wallMs, phases } = sweepCost(history)
  expect({ points, steps, wallMs, phases }).toEqual({ points: 2, steps: 2, wallMs: 350, phases: { sweep: 350 } })
})

test('steps of other phases cost the sweep nothing', () => {
  const other = [...raceStep, ...plainStep].map((event): Event =>
    (event.type === 'step-started' ? { ...event, phase: 'confirm' } : event))
  expect(sweepCost(other).steps).toBe(0)
})

test('whatever happens in a step, its parts add up to its time', () => {
  const bodies: readonly EventBody[] = [...raceStep, ...plainStep].filter(({ type }) => !type.startsWith('step-'))
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...bodies), fc.nat(50))), (moves) => {
    let now = 10
    const events = moves.map(([body, ms]) => at(now += ms, 'c1', 's1', body))
    const cost = sweepCost([started(10, 'c1', 's1', [race]), ...events,
      at(now += 1, 'c1', 's1', { type: 'step-ended', reason: 'settled' })])
    const parts: Parts = cost.all
    expect(totalOf(parts)).toBe(now - 10)
    expect(partNames.every((name) => parts[name] >= 0)).toBe(true)
  }))
})
