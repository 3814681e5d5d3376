/** Settings, names in a cell, and which records are committed; without a server. */
import type { RecordsBatch } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { committedIn } from './kafka-records.ts'
import { nameInCell, parseKafkaSettings } from './kafka-settings.ts'

test('defaults: topic and group are called like the source, with one partition', () => {
  expect(parseKafkaSettings('orders', {})).toEqual({ topic: 'orders', topics: { orders: 1 }, group: 'orders' })
})

test('further topics and the one for dead letters are made too', () => {
  const settings = { topic: 'in', partitions: 3, topics: { out: 2 }, deadLetter: 'in.dlq', group: 'billing' }
  expect(parseKafkaSettings('orders', settings)).toEqual({
    topic: 'in', topics: { 'in': 3, 'out': 2, 'in.dlq': 1 }, group: 'billing',
  })
  expect(parseKafkaSettings('o', { deadLetter: 'dlq', topics: { dlq: 4 } }).topics).toEqual({ o: 1, dlq: 4 })
})

test('a setting that does not exist is said by name, and so is a source that can be no topic', () => {
  expect(() => parseKafkaSettings('orders', { topik: 'x' })).toThrow(UsageError)
  expect(() => parseKafkaSettings('orders', { topik: 'x' })).toThrow(/"orders".*"topik"/s)
  expect(() => parseKafkaSettings('my orders', {})).toThrow(/"my orders" is no name of a topic/)
  expect(parseKafkaSettings('my orders', { topic: 'in' }).group).toBe('my orders')
})

test('names in a cell keep the dots of a topic, and a cell has none', () => {
  expect(nameInCell('s1.c 2', 'orders.dlq')).toBe('onceproof.s1-c-2.orders.dlq')
  expect(() => nameInCell('c', 'x'.repeat(249))).toThrow(UsageError)
})

const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5

/** One batch with a record for each body; `producer` only where it is transactional. */
function batch(offset: number, bodies: readonly string[], producer?: number): RecordsBatch {
  return batchOf(offset, bodies.map((body) => ({ key: null, value: Buffer.from(body) })), producer, 0)
}

function marker(offset: number, how: 'abort' | 'commit', producer: number): RecordsBatch {
  const key = Buffer.from([0, 0, 0, how === 'abort' ? 0 : 1])
  return batchOf(offset, [{ key, value: Buffer.alloc(6) }], producer, CONTROL)
}

function batchOf(
  offset: number, records: readonly { readonly key: Buffer | null; readonly value: Buffer }[],
  producer: number | undefined, attributes: number,
): RecordsBatch {
  return {
    firstOffset: BigInt(offset), length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0,
    attributes: attributes | (producer === undefined ? 0 : TRANSACTIONAL), lastOffsetDelta: records.length - 1,
    firstTimestamp: 0n, maxTimestamp: 0n, producerId: BigInt(producer ?? -1), producerEpoch: 0, firstSequence: 0,
    records: records.map((record, at) => ({
      ...record, length: 0, attributes: 0, timestampDelta: 0n, offsetDelta: at, headers: [],
    })),
  }
}

function seen(batches: readonly RecordsBatch[], aborted: readonly (readonly [number, number])[]): string[] {
  return committedIn(batches, aborted.map(([producer, first]) => ({
    producerId: BigInt(producer), firstOffset: BigInt(first),
  }))).map(({ offset, body }) => `${offset} ${body}`)
}

test('markers are no records, and committed transactions are', () => {
  expect(seen([batch(0, ['a', 'b']), batch(2, ['c'], 7), marker(3, 'commit', 7)], [])).toEqual(['0 a', '1 b', '2 c'])
})

test('an aborted transaction is left out, not its producer\'s others nor what stands between', () => {
  const log = [
    batch(0, ['a'], 7), batch(1, ['b']), batch(2, ['c'], 8), marker(3, 'abort', 7), batch(4, ['d'], 7),
    marker(5, 'commit', 7), marker(6, 'commit', 8), batch(7, ['e'], 8), marker(8, 'abort', 8),
  ]
  expect(seen(log, [[8, 7], [7, 0]])).toEqual(['1 b', '2 c', '4 d'])
})

test('an abort that began before the first batch counts', () => {
  expect(seen([batch(5, ['late'], 7), marker(6, 'abort', 7), batch(7, ['good'])], [[7, 2]])).toEqual(['7 good'])
})
