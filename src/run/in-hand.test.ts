/** Which messages a subject works on at the same time, whoever tells of settlements. */
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import { mostInHand } from './in-hand.ts'

function handed(type: 'delivered' | 'settled', message: string): EventBody {
  const place = { incarnation: 'i1', connection: 'c', delivery: message, message }
  return type === 'delivered' ? { type, ...place, redelivered: false, lane: 'jobs' } : { type, ...place, how: 'ack' }
}

function worked(operation: string, message: string): EventBody[] {
  return [
    {
      type: 'operation-started', incarnation: 'i1', connection: 'c', operation, link: 'db', kind: 'COMMIT', text: '',
      occurrence: 1, reads: false, oneWay: false, handshake: false, cause: 'token', message,
    },
    { type: 'operation-ended', operation, outcome: 'ok', detail: 'COMMIT' },
  ]
}

function history(...bodies: readonly EventBody[]): Event[] {
  return bodies.map((body, i) => ({ seq: i + 1, atMs: i, cell: 'c', ...body }))
}

test('from delivery to settlement', () => {
  const serial = history(handed('delivered', 'a'), handed('settled', 'a'), handed('delivered', 'b'))
  expect(mostInHand(serial, true)).toBe(1)
  const both = history(handed('delivered', 'a'), handed('delivered', 'b'), handed('settled', 'a'))
  expect(mostInHand(both, true)).toBe(2)
})

test('a settlement that is read late came with the last operation before it', () => {
  const late = history(
    handed('delivered', 'a'), ...worked('1', 'a'), handed('delivered', 'b'), handed('settled', 'a'),
    ...worked('2', 'b'), handed('settled', 'b'),
  )
  expect(mostInHand(late, false)).toBe(1)
  expect(mostInHand(late, true)).toBe(2)
  const batch = history(
    handed('delivered', 'a'), handed('delivered', 'b'), ...worked('1', 'a'), ...worked('2', 'b'),
    handed('settled', 'a'), handed('settled', 'b'),
  )
  expect(mostInHand(batch, false)).toBe(2)
})
