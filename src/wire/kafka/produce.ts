/**
 * Produce: what a request writes, where to, and whether as a part of a transaction.
 *
 * With acks=0 no answer comes (nor would one be read). A transaction may begin with it: since version 12 the partition
 * leader adds the partition to the transaction itself (KIP-890).
 */
import { produceErrors } from './error-names.ts'
import type { RequestFrame } from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import { topicLabels } from './names.ts'
import { readBatches, type Batches } from './record-batches.ts'
import type { KafkaRecord } from './table.ts'
import { joinTransaction } from './transactions.ts'
import { bytesField, intField, recordsField, textField } from './values.ts'

export function explainProduce({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const topics = recordsField(body, 'topicData')
  const written = batchesOf(body)
  const acks = intField(body, 'acks')
  const transactionId = textField(body, 'transactionalId')
  const joined = transactionId === '' ? {} : joinTransaction(transactionId, memory)
  const old = written.some(({ isOld }) => isOld)
    ? [{ type: 'unknown', detail: 'records in a format older than that of 0.11', mayChangeState: false } as const] : []
  return {
    text: topicLabels(topics.map((topic) => memory.topicOf(textField(topic, 'name'), textField(topic, 'topicId')))),
    values: written.flatMap(({ batches }) => batches).flatMap((batch) => batch.records).flatMap(({ content }) =>
      (content === undefined ? [] : [content.value, content.key, ...Object.values(content.headers)]))
      .filter((value) => value !== ''),
    ...joined,
    facts: [...joined.facts ?? [], ...old],
    ...(acks === 0 ? { oneWay: true } : { errors: produceErrors(acks, isSequenced(written)) }),
  }
}

/** Of every partition that a Produce writes to. */
export function batchesOf(body: KafkaRecord): Batches[] {
  return recordsField(body, 'topicData').flatMap((topic) => recordsField(topic, 'partitionData'))
    .map((partition) => readBatches(bytesField(partition, 'records')))
}

/** The broker counts the batches of their producer, and takes none twice (KIP-98). */
export function isSequenced(written: readonly Batches[]): boolean {
  return written.some(({ batches }) => batches.some(({ producerId }) => producerId >= 0n))
}
