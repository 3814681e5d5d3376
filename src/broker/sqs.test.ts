/** Settings, names and what the producer knows of its messages; without a server. */
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import type { Message } from '../model/message.ts'
import { SentMessages } from './sqs-ledger.ts'
import { parseSqsSettings, queueInCell } from './sqs-settings.ts'

function message(id: string, body = '{}'): Message {
  return { id, headers: {}, body, tokens: [id], fields: {} }
}

test('defaults: a FIFO queue that is called like the source, with the service\'s own timeout', () => {
  expect(parseSqsSettings('orders', {})).toEqual({
    queue: 'orders', fifo: true, visibilitySeconds: 30, contentBasedDedup: false, deadLetters: undefined,
    queues: ['orders'],
  })
})

test('dead letters come first, so that the source can point at them', () => {
  expect(parseSqsSettings('orders', { queue: 'in', deadLetter: 'dead', queues: ['out', 'dead'], visibility: '1500ms' }))
    .toMatchObject({
      queue: 'in', visibilitySeconds: 2, queues: ['dead', 'out', 'in'],
      deadLetters: { queue: 'dead', maxReceiveCount: 3 },
    })
})

test.each([
  [{ que: 'x' }, /"orders".*"que"/s], [{ maxReceiveCount: 2 }, /no deadLetter/], [{ visibility: '13h' }, /12 hours/],
])('%j is refused', (settings, why) => {
  expect(() => parseSqsSettings('orders', settings)).toThrow(UsageError)
  expect(() => parseSqsSettings('orders', settings)).toThrow(why)
})

test('a source that is no name of a queue needs one', () => {
  expect(() => parseSqsSettings('my orders', {})).toThrow(/"my orders" is no name of a queue/)
})

test.each([
  ['c1', 'orders', true, 'onceproof-c1-orders.fifo'], ['s0-c1', 'my-out', false, 'onceproof-s0_c1-my-out'],
  ['c1', 'orders.fifo', true, 'onceproof-c1-orders.fifo'],
])('in cell %s the queue %s (fifo: %s) is %s', (cell, name, fifo, real) => {
  expect(queueInCell(cell, name, fifo)).toBe(real)
})

test('a name that SQS would not take is said', () => {
  expect(() => queueInCell('c'.repeat(40), 'o'.repeat(40), true)).toThrow(UsageError)
})

test('the server\'s id of a message tells which of the producer\'s it is', () => {
  const sent = new SentMessages()
  const [one, two] = [message('m-1', 'a'), message('m-2', 'a')]
  expect(sent.begin(one)).toBe(1)
  sent.took(one, 'i-1')
  expect(sent.begin(two)).toBe(1)
  expect(sent.begin(one)).toBe(2)
  expect(sent.idOf({ messageId: 'i-1', body: 'a' })).toBe('m-1')
  // Handed over before the answer to the send is here.
  expect(sent.idOf({ messageId: 'i-2', body: 'a' })).toBe('m-2')
  sent.took(two, 'i-2')
  expect(sent.idOf({ messageId: 'i-3', body: 'a' })).toBe('m-1')
  sent.refused(one)
  expect(sent.idOf({ messageId: 'i-4', body: 'a' })).toBeUndefined()
  expect(sent.idOf({ messageId: 'i-3', body: 'a' })).toBe('m-1')
})

test('a handle is outdated when its message was handed over again', () => {
  const sent = new SentMessages()
  expect(sent.isOutdated('i', 'a')).toBe(false)
  sent.received({ messageId: 'i', handle: 'a' })
  expect(sent.isOutdated('i', 'a')).toBe(false)
  sent.received({ messageId: 'i', handle: 'b' })
  expect([sent.isOutdated('i', 'a'), sent.isOutdated('i', 'b')]).toEqual([true, false])
})
