/** Which settlement ends which hand-over. */
import { expect, test } from 'vitest'
import type { EventOf } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { settles } from './fate.ts'
import { ev, history } from './testing.ts'

type Place = Partial<Pick<EventOf<'settled'>, 'incarnation' | 'connection' | 'delivery' | 'message'>>

const common = { incarnation: 'c1.i1', connection: 'c1.i1.orders.1', delivery: '1:1', message: 'm1' }

/** Whether a settlement right before or behind a delivery is its own. */
function isOwn(place: Place, order: 'before' | 'behind' = 'behind'): boolean {
  const delivered = ev({ type: 'delivered', ...common, redelivered: false, lane: 'orders' })
  const settled = ev({ type: 'settled', ...common, ...place, how: 'ack' })
  const events = history(order === 'behind' ? [delivered, settled] : [settled, delivered])
  return eventsOf(events, 'settled').some((event) => eventsOf(events, 'delivered').every((one) => settles(event, one)))
}

test('a settlement belongs to a delivery of its name before it, on whichever connection of that incarnation', () => {
  expect(isOwn({})).toBe(true)
  expect(isOwn({ connection: 'c1.i1.orders.2' })).toBe(true)
})

test('not to one of another name, message or incarnation, nor to one that comes after it', () => {
  expect([isOwn({ delivery: '1:2' }), isOwn({ message: 'm2' }), isOwn({ incarnation: 'c1.i2' })])
    .toEqual([false, false, false])
  expect(isOwn({}, 'before')).toBe(false)
})
