/**
 * Records written and read: a message with its outcome told truthfully, and what a reader of committed records sees.
 *
 * Nothing is compressed, and nothing is written twice: the producer is not idempotent, since it never tries again.
 * What is committed is worked out as every client does it, from the markers in the log and the broker's list of
 * aborted transactions (KIP-98, "Consumer").
 */
import type { RecordsBatch } from '@platformatic/kafka'
import { EnvironmentError } from '../lib/errors.ts'
import type { Outcome } from '../model/wire.ts'
import { KafkaLost, KafkaRefused, KafkaUnreached, type KafkaClient } from './kafka-client.ts'

const ACKS_ALL = -1
const APPEND_LIMIT_MS = 5_000
const FETCH_BYTES = 8 * 1024 * 1024
const READ_COMMITTED = 1
/** Attributes of a batch: https://kafka.apache.org/documentation/#recordbatch */
const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5
/** The type in the key of a marker, behind its version. */
const MARKER_TYPE_AT = 2
const ABORT = 0

/**
 * Answers that are given before anything is appended. Others (a timeout, a lost leadership) may come when the record
 * is in the log already.
 */
const notAppended: readonly number[] = [2, 3, 10, 17, 18, 19, 29, 32, 35, 43, 76, 87]

export interface NewRecord {
  readonly topic: string
  readonly partition: number
  readonly key: string | undefined
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export interface ReadRecord {
  readonly offset: bigint
  readonly key: string | undefined
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Reading {
  readonly records: readonly ReadRecord[]
  /** Where to read on. */
  readonly next: bigint
}

/** Where every Kafka client puts a key: https://kafka.apache.org/documentation/#producerconfigs_partitioner.class */
export async function partitionOf(key: string, partitions: number): Promise<number> {
  const { murmur2 } = await import('@platformatic/kafka')
  return (murmur2(key) & 0x7fff_ffff) % partitions
}

export async function append(client: KafkaClient, record: NewRecord): Promise<Outcome> {
  const { topic, partition, key, body } = record
  const headers = new Map(Object.entries(record.headers).map(([name, value]) => [
    Buffer.from(name), Buffer.from(value),
  ]))
  const value = Buffer.from(body)
  const data = { topic, partition, value, headers, ...key === undefined ? {} : { key: Buffer.from(key) } }
  try {
    await client.ask(`A record for ${topic}`, async (connection, { produceV9 }) =>
      await produceV9.api.async(connection, ACKS_ALL, APPEND_LIMIT_MS, [data]))
    return 'ok'
  } catch (error) {
    if (error instanceof KafkaUnreached) return 'failed'
    if (error instanceof KafkaLost) return 'indeterminate'
    if (error instanceof KafkaRefused) return error.isOnly(notAppended) ? 'failed' : 'indeterminate'
    throw error
  }
}

/** Committed records of a partition from an offset on, as far as readers can get now: open transactions stop them. */
export async function readCommitted(
  client: KafkaClient, topic: string, partition: number, from: bigint,
): Promise<Reading> {
  const records: ReadRecord[] = []
  let next = from
  for (;;) {
    const { batches, aborted, stable } = await fetchBatches(client, topic, partition, next)
    // A broker tells the stable offset of before it read: what a commit has freed in between is there, beyond it.
    records.push(...committedIn(batches, aborted).filter(({ offset }) => offset >= next))
    const last = batches.at(-1)
    if (last !== undefined) next = endOf(last)
    if (next >= stable) return { records, next }
    if (last === undefined) throw new EnvironmentError(`Kafka gave nothing of ${topic}/${partition} from ${next} on.`)
  }
}

interface Fetched {
  readonly batches: readonly RecordsBatch[]
  readonly aborted: readonly Aborted[]
  readonly stable: bigint
}

interface Aborted {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

async function fetchBatches(client: KafkaClient, topic: string, partition: number, from: bigint): Promise<Fetched> {
  const wanted = [{
    topicId: topic,
    partitions: [{
      partition, currentLeaderEpoch: -1, fetchOffset: from, lastFetchedEpoch: -1, partitionMaxBytes: FETCH_BYTES,
    }],
  }]
  // Without a session (epoch -1) and without waiting.
  const { responses } = await client.whenReady(`The records of ${topic}`, async (connection, { fetchV12 }) =>
    await fetchV12.api.async(connection, 0, 0, FETCH_BYTES, READ_COMMITTED, 0, -1, wanted, [], ''))
  const found = responses[0]?.partitions[0]
  if (found === undefined) throw new EnvironmentError(`Kafka says nothing of ${topic}/${partition}.`)
  return {
    batches: found.records ?? [], aborted: found.abortedTransactions ?? [], stable: found.lastStableOffset,
  }
}

/** Records of all batches without those of aborted transactions, and without the markers. */
export function committedIn(batches: readonly RecordsBatch[], aborted: readonly Aborted[]): readonly ReadRecord[] {
  const coming = aborted.toSorted((a, b) => a.firstOffset < b.firstOffset ? -1 : 1)
  const undone = new Set<bigint>()
  const records: ReadRecord[] = []
  for (const batch of batches) {
    while (coming[0] !== undefined && coming[0].firstOffset < endOf(batch)) {
      undone.add(coming[0].producerId)
      coming.shift()
    }
    if ((batch.attributes & CONTROL) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(MARKER_TYPE_AT) === ABORT) undone.delete(batch.producerId)
    } else if ((batch.attributes & TRANSACTIONAL) === 0 || !undone.has(batch.producerId)) {
      records.push(...batch.records.map((record) => readRecord(batch, record)))
    }
  }
  return records
}

function endOf(batch: RecordsBatch): bigint {
  return batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
}

function readRecord(batch: RecordsBatch, record: RecordsBatch['records'][number]): ReadRecord {
  return {
    offset: batch.firstOffset + BigInt(record.offsetDelta),
    key: record.key?.toString(),
    body: record.value?.toString() ?? '',
    headers: Object.fromEntries(record.headers.map(([name, value]) => [
      name?.toString() ?? '', value?.toString() ?? '',
    ])),
  }
}
