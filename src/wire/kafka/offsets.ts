/**
 * Committed offsets: which deliveries a commit settles, and when.
 *
 * OffsetCommit settles with its answer, partition by partition; TxnOffsetCommit only stages, and the commit of its
 * transaction settles.
 */
import type { Position } from './deliveries.ts'
import type { RequestFrame } from './frames.ts'
import { expelled } from './groups.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import { topicLabels } from './names.ts'
import type { KafkaRecord } from './table.ts'
import { joinTransaction } from './transactions.ts'
import { intField, longField, recordsField, textField } from './values.ts'

/** Only members of the classic protocol are told so; those of the newer one are told of their epoch. */
const REBALANCES = '27'

export function explainOffsetCommit({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const committed = positionsIn(body, memory)
  return {
    text: topicLabels(committed.map(({ topic }) => topic)),
    deliveries: memory.deliveries.about(committed),
    errors: memory.members.isClassic(textField(body, 'groupId'), textField(body, 'memberId')) ? [REBALANCES] : [],
    answered: (answer, errors) => {
      const settled = memory.deliveries.settle(accepted(committed, answer, memory))
      return [...settled, ...expelled(body, errors, memory)]
    },
  }
}

export function explainTxnOffsetCommit({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const committed = positionsIn(body, memory)
  const id = textField(body, 'transactionalId')
  const joined = joinTransaction(id, memory)
  return {
    ...joined,
    text: topicLabels(committed.map(({ topic }) => topic)),
    deliveries: memory.deliveries.about(committed),
    answered: (answer, errors) => {
      memory.transactions.stage(id, accepted(committed, answer, memory))
      return joined.answered?.(answer, errors) ?? []
    },
  }
}

function positionsIn(body: KafkaRecord, memory: LinkMemory): Position[] {
  return recordsField(body, 'topics').flatMap((each) => {
    const topic = topicIn(each, memory)
    return recordsField(each, 'partitions').map((partition) => ({
      topic, partition: intField(partition, 'partitionIndex'), offset: longField(partition, 'committedOffset'),
    }))
  })
}

/** Those that the answer has no error for. */
function accepted(committed: readonly Position[], answer: KafkaRecord, memory: LinkMemory): Position[] {
  const done = new Set(recordsField(answer, 'topics').flatMap((each) =>
    recordsField(each, 'partitions').filter((partition) => intField(partition, 'errorCode') === 0)
      .map((partition) => `${topicIn(each, memory)}/${intField(partition, 'partitionIndex')}`)))
  return committed.filter(({ topic, partition }) => done.has(`${topic}/${partition}`))
}

function topicIn(topic: KafkaRecord, memory: LinkMemory): string {
  return memory.topicOf(textField(topic, 'name'), textField(topic, 'topicId'))
}
