/** Replies end requests in order, deliveries are told apart from them, and no cut changes what is understood. */
import { expect, test } from 'vitest'
import { byteByByte, cutEverywhere, runCapture, streamOf, type Chunk } from '../testing.ts'
import { lineqWire } from './wire.ts'

const message = '{"id":"m-1","headers":{"tenant":"t-1"},"body":"{\\"a\\": 1}"}'
const chunks: readonly Chunk[] = ([
  ['request', 'HI c1\nSUB orders\n'], ['reply', `OK\nOK\nMSG 7 1 orders ${message}\n`],
  ['request', 'ACK 7\n'], ['request', `PUT receipts ${message}\n`], ['reply', 'OK\nERR busy\n'],
] as const).map(([direction, text]) => [direction, Buffer.from(text)])

test('operations, deliveries, settlements', () => {
  const { starts, ends, facts } = runCapture(lineqWire, chunks)
  expect(starts.map(({ op, kind, text, deliveries }) => [op, kind, text, deliveries ?? []])).toEqual([
    [1, 'HI', '', []], [2, 'SUB', 'orders', []], [3, 'ACK', '', ['7']], [4, 'PUT', 'receipts', []],
  ])
  expect(ends.map(({ op, outcome }) => [op, outcome])).toEqual([[1, 'ok'], [2, 'ok'], [3, 'ok'], [4, 'failed']])
  expect(facts).toEqual([
    { type: 'session', session: 'c1' }, { type: 'consuming', lane: 'orders' },
    {
      type: 'delivered', delivery: '7', messageId: 'm-1', headers: { tenant: 't-1' }, body: '{"a": 1}',
      redelivered: true, lane: 'orders',
    },
    { type: 'settled', delivery: '7', how: 'ack' },
  ])
})

test('cut anywhere, it says the same, and its units are the stream', () => {
  const whole = runCapture(lineqWire, chunks)
  for (const cut of [byteByByte(chunks), ...cutEverywhere(chunks)]) {
    const { lines, request, reply } = runCapture(lineqWire, cut)
    expect(lines).toEqual(whole.lines)
    expect(request).toEqual(streamOf(chunks, 'request'))
    expect(reply).toEqual(streamOf(chunks, 'reply'))
  }
})
