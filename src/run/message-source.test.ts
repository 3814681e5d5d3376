/** Messages of several lanes: whose turn it is, what they share, and what they never do. */
import { expect, test } from 'vitest'
import type { Contract, Workload } from '../model/suite.ts'
import { makeMessages } from '../plan/workload.ts'
import { MessageSource } from './message-source.ts'

const contract: Contract = {
  identity: { property: 'messageId' }, producerDuplicates: true, replayWithinMs: undefined, dedupWindowMs: undefined,
}
const workload: Workload = {
  samples: [{ orderId: 'o-1', customer: 'c-1', amount: 5 }], vary: ['/orderId'], key: '/customer', amount: '/amount',
  headers: {},
}

function source(lanes?: readonly string[]): MessageSource {
  return new MessageSource(makeMessages(workload, contract, 'seed'), lanes)
}

test('without lanes nothing is said of them', () => {
  const messages = source()
  expect(messages.nextLane()).toBeUndefined()
  expect(messages.next(undefined)).not.toHaveProperty('lane')
})

test('lanes take turns, and no key is on two of them', () => {
  const messages = source(['orders', 'returns'])
  const made = Array.from({ length: 30 }, () => messages.next(messages.nextLane()))
  expect(made.slice(0, 3).map(({ lane }) => lane)).toEqual(['orders', 'returns', 'orders'])
  expect(new Set(made.map(({ id }) => id)).size).toBe(30)
  const keysOn = (wanted: string): Set<string | undefined> =>
    new Set(made.filter(({ lane }) => lane === wanted).map(({ fields }) => fields['/customer']))
  expect([...keysOn('orders')].filter((key) => keysOn('returns').has(key))).toEqual([])
  expect(keysOn('orders').size).toBe(2)
})

test('what goes with a message goes by its lane', () => {
  const messages = source(['orders', 'returns'])
  const first = messages.next('returns')
  const [equal, again] = [messages.equalTo(first), messages.onKeyOf(first, '/customer')]
  const bad = messages.undecodable(first)
  expect([equal, again, bad].map(({ lane }) => lane)).toEqual(['returns', 'returns', 'returns'])
  expect(equal.fields).toEqual(first.fields)
  expect(again.fields['/customer']).toBe(first.fields['/customer'])
  expect(() => JSON.parse(bad.body)).toThrow(SyntaxError)
})
