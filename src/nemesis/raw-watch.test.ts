/** Counting raw frames from a delivery on, and withholding everything from one of them. */
import { expect, test } from 'vitest'
import type { Boundary } from '../plan/raw-boundaries.ts'
import type { RawDirection } from '../model/wire.ts'
import { RawWatch } from './raw-watch.ts'

function pass(watch: RawWatch, link: string, direction: RawDirection, label: string): string {
  return watch.frame(link, direction, { bytes: Buffer.from(label), label, keepsAlive: label === 'beat' })
}

/** A delivery, one query and its two answers, and the acknowledgement. */
function tell(watch: RawWatch): string[] {
  const early = pass(watch, 'orders', 'reply', 'header')
  watch.delivered('m1')
  return [
    early, pass(watch, 'orders', 'reply', 'body'), pass(watch, 'db', 'request', 'Q'), pass(watch, 'db', 'reply', 'C'),
    pass(watch, 'orders', 'reply', 'beat'), pass(watch, 'db', 'reply', 'Z'), pass(watch, 'orders', 'request', 'ack'),
  ]
}

test('records from the frame that completes the delivery on, without what a timer sends', () => {
  const watch = new RawWatch('m1', undefined)
  expect(new Set(tell(watch))).toEqual(new Set(['pass']))
  expect(watch.frames.map(({ link, direction, label }) => `${link} ${direction} ${label}`)).toEqual([
    'orders reply body', 'db request Q', 'db reply C', 'db reply Z', 'orders request ack',
  ])
})

test('another message is not its own', () => {
  const watch = new RawWatch('m2', undefined)
  tell(watch)
  expect(watch.frames).toEqual([])
})

test.each<[Boundary, string]>([
  [{ link: 'orders', direction: 'reply', at: 0, label: 'body' }, 'phhhhhh'],
  [{ link: 'db', direction: 'request', at: 0, label: 'Q' }, 'pphhhhh'],
  [{ link: 'db', direction: 'reply', at: 1, label: 'Z' }, 'ppppphh'],
  [{ link: 'db', direction: 'reply', at: 1, label: 'Z', lane: 'orders' }, 'ppppphh'],
  [{ link: 'db', direction: 'reply', at: 2, label: undefined }, 'pppppph'],
  [{ link: 'orders', direction: 'request', at: 1, label: undefined }, 'ppppppp'],
])('from %o on everything is withheld', async (boundary, decisions) => {
  const watch = new RawWatch('m1', boundary)
  expect(tell(watch).map((decision) => decision.charAt(0)).join('')).toBe(decisions)
  await watch.reached
  expect(pass(watch, 'elsewhere', 'request', 'any')).toBe('hold')
})

test('a request of which a frame is withheld is not worked on', () => {
  const watch = new RawWatch('m1', { link: 'db', direction: 'request', at: 1, label: 'S' })
  watch.delivered('m1')
  watch.asked('op1')
  expect(pass(watch, 'db', 'request', 'E')).toBe('pass')
  watch.sent('op1')
  expect(watch.hasOpenRequests).toBe(true)
  watch.asked('op1')
  expect(pass(watch, 'db', 'request', 'S')).toBe('hold')
  expect(watch.hasOpenRequests).toBe(false)
})

test('knows what the servers still work on', () => {
  const watch = new RawWatch('m1', undefined)
  watch.sent('op1')
  expect(watch.hasOpenRequests).toBe(true)
  watch.answered('op1')
  expect(watch.hasOpenRequests).toBe(false)
})
