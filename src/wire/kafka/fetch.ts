/**
 * Fetch: which records the subject is handed, and from where it reads on.
 *
 * A fetch session (KIP-227) is told only what changes, so where a partition is read from may stand in a request long
 * ago. A batch comes whole, also when the offset asked for is inside it: what lies below was not asked for. A reader of
 * committed records gets aborted ones too, with a list of who aborted; it drops them itself, and so does this.
 */
import type { Fact } from '../../model/wire.ts'
import type { RequestFrame } from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import { laneOf, topicLabel, topicLabels } from './names.ts'
import { readBatches, type BatchRecord, type RecordBatch } from './record-batches.ts'
import type { KafkaRecord } from './table.ts'
import { bytesField, intField, intsField, longField, recordsField, textField } from './values.ts'

const READ_COMMITTED = 1
const NO_SESSION = 0
const NEW_SESSION = 0
const LAST_EPOCH = -1
/** The header in which a producer says who a message is; the harness's own does. */
const MESSAGE_ID = 'message-id'

type Offsets = Map<string, bigint>

export function explainFetch({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const asked = recordsField(body, 'topics').flatMap((topic) => {
    const name = topicIn(topic, memory)
    return recordsField(topic, 'partitions').map((partition) => ({
      name, lane: laneKey(name, intField(partition, 'partition')), offset: longField(partition, 'fetchOffset'),
    }))
  })
  const offsets = offsetsOf(body, memory)
  for (const { lane, offset } of asked) offsets.set(lane, offset)
  const isFirst = asked.length > 0 && memory.beginsConsuming()
  const lane = topicLabels(asked.map(({ name }) => name))
  const isCommittedOnly = intField(body, 'isolationLevel') === READ_COMMITTED
  return {
    ...(isFirst ? { facts: [{ type: 'consuming', lane }] } : {}),
    answered: (answer) => {
      const session = intField(answer, 'sessionId')
      if (session !== NO_SESSION && intField(body, 'sessionEpoch') !== LAST_EPOCH) {
        memory.fetchSessions.set(session, offsets)
      }
      return fetched(answer, { memory, offsets, isCommittedOnly })
    },
  }
}

/** Those of the session, without what the request takes out of it; none of a new one or of no session. */
function offsetsOf(body: KafkaRecord, memory: LinkMemory): Offsets {
  const session = intField(body, 'sessionId')
  const epoch = intField(body, 'sessionEpoch')
  const known = memory.fetchSessions.get(session)
  if (epoch === NEW_SESSION || epoch === LAST_EPOCH || known === undefined) {
    memory.fetchSessions.delete(session)
    return new Map()
  }
  // A copy: answers that are still to come read from where they were asked.
  const offsets = new Map(known)
  for (const topic of recordsField(body, 'forgottenTopicsData')) {
    const name = topicIn(topic, memory)
    for (const partition of intsField(topic, 'partitions')) offsets.delete(laneKey(name, partition))
  }
  memory.fetchSessions.set(session, offsets)
  return offsets
}

interface Reading {
  readonly memory: LinkMemory
  readonly offsets: Offsets
  readonly isCommittedOnly: boolean
}

function fetched(answer: KafkaRecord, reading: Reading): Fact[] {
  return recordsField(answer, 'responses').flatMap((topic) => {
    const name = topicIn(topic, reading.memory)
    return recordsField(topic, 'partitions').flatMap((partition) => partitionFacts(name, partition, reading))
  })
}

function partitionFacts(topic: string, answer: KafkaRecord, { memory, offsets, isCommittedOnly }: Reading): Fact[] {
  const partition = intField(answer, 'partitionIndex')
  const { batches, isOld } = readBatches(bytesField(answer, 'records'))
  const from = offsets.get(laneKey(topic, partition)) ?? 0n
  const aborted = isCommittedOnly ? recordsField(answer, 'abortedTransactions') : []
  const records = withoutAborted(batches, aborted).flatMap((batch) => batch.records)
    .filter((record) => record.offset >= from)
  const facts = records.map((record) => delivered(topic, partition, record, memory))
  if (!isOld) return facts
  const detail = `records of ${topicLabel(topic)} in a format older than that of 0.11`
  return [...facts, { type: 'unknown', detail, mayChangeState: true }]
}

/** A producer's batches are aborted from the first offset of an aborted transaction up to its marker. */
function withoutAborted(batches: readonly RecordBatch[], aborted: readonly KafkaRecord[]): RecordBatch[] {
  const waiting = aborted
    .map((each) => ({ producer: longField(each, 'producerId'), from: longField(each, 'firstOffset') }))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const aborting = new Set<bigint>()
  return batches.filter((batch) => {
    for (let next = waiting[0]; next !== undefined && next.from <= batch.lastOffset; next = waiting[0]) {
      aborting.add(next.producer)
      waiting.shift()
    }
    if (batch.isControl) {
      if (batch.isAbort) aborting.delete(batch.producerId)
      return false
    }
    return !batch.isTransactional || !aborting.has(batch.producerId)
  })
}

function delivered(topic: string, partition: number, { offset, content }: BatchRecord, memory: LinkMemory): Fact {
  const lane = laneOf(topic, partition)
  const redelivered = memory.deliveries.add({ topic, partition, offset })
  return {
    type: 'delivered', delivery: `${lane}@${offset}`, lane, redelivered,
    messageId: content?.headers[MESSAGE_ID], headers: content?.headers ?? {}, body: content?.value ?? '',
  }
}

function topicIn(topic: KafkaRecord, memory: LinkMemory): string {
  return memory.topicOf(textField(topic, 'topic'), textField(topic, 'topicId'))
}

function laneKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
