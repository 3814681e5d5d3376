/** The phases of a kill out of a history that is written by hand. */
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import { killTimes } from './bench-phases.ts'

function at(atMs: number, body: EventBody): Event {
  return { seq: atMs, atMs, cell: 'c1', step: 's1', ...body }
}

const fault = { fault: 'kill', point: 'db COMMIT#1 before' } as const
const delivery = { connection: 'k', delivery: '1:1', message: 'm' } as const

const events: readonly Event[] = [
  at(100, { type: 'step-started', phase: 'sweep', context: 'cold', messages: ['m'], faults: [fault] }),
  at(102, { type: 'connection-opened', incarnation: 'c1.i1', link: 'db', connection: 'c1.i1.db.1' }),
  at(103, { type: 'delivered', incarnation: 'c1.i1', redelivered: false, lane: 'q', ...delivery }),
  at(110, { type: 'fault-held', ...fault, withheld: [], proven: 'ok' }),
  at(115, { type: 'fault-did', ...fault, verb: 'kill', detail: '' }),
  at(116, { type: 'fault-did', ...fault, verb: 'start', detail: '' }),
  at(140, { type: 'connection-opened', incarnation: 'c1.i2', link: 'db', connection: 'c1.i2.db.1' }),
  at(141, { type: 'connection-opened', incarnation: 'c1.i2', link: 'orders', connection: 'c1.i2.orders.1' }),
  at(160, { type: 'incarnation-ready', incarnation: 'c1.i2' }),
  at(161, { type: 'delivered', incarnation: 'c1.i2', redelivered: true, lane: 'q', ...delivery }),
  at(171, { type: 'settled', incarnation: 'c1.i2', how: 'ack', ...delivery }),
  at(173, { type: 'step-ended', reason: 'settled' }),
]

test('phases follow each other from the first event to the last', () => {
  const { readyMs, phases } = killTimes(events, 93)
  expect(readyMs).toBe(20)
  expect(Object.values(phases)).toEqual([10, 5, 25, 20, 1, 10, 2])
})

test('a history without a kill is no history of a kill', () => {
  expect(() => killTimes(events.slice(0, 4), 93)).toThrow(/every event/)
})
