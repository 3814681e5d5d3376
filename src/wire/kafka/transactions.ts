/**
 * Transactions: what opens one, what is a part of it, what ends it.
 *
 * A transaction is the broker's, not a connection's: it stays open when its producer dies, until the producer's timeout
 * or until somebody asks for the producer's id again. So it is a lease. Whatever comes first opens it: offsets too,
 * where nothing is written (KIP-98, KIP-890).
 */
import type { Fact } from '../../model/wire.ts'
import { FENCED_PRODUCER } from './error-names.ts'
import type { RequestFrame } from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import { topicLabels } from './names.ts'
import { recordsField, textField } from './values.ts'

/** A request that belongs to a transaction; its first one opens it, unless the broker refuses. */
export function joinTransaction(id: string, memory: LinkMemory): Meaning {
  const begins = !memory.transactions.isOpen(id)
  return {
    transaction: begins ? 'begin' : 'inside', transactionId: id, facts: memory.transactions.begin(id),
    answered: (_, errors) => (begins && errors.length > 0 ? memory.transactions.end(id) : lost(id, errors, memory)),
  }
}

/** From version 4 on it may be about several transactions: brokers ask so, for their own (KIP-890); clients for one. */
export function explainAddPartitions({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const [transaction, ...others] = recordsField(body, 'transactions')
  const id = textField(body, 'v3AndBelowTransactionalId') || textField(transaction ?? {}, 'transactionalId')
  const topics = [...recordsField(body, 'v3AndBelowTopics'), ...recordsField(transaction ?? {}, 'topics')]
  const text = topicLabels(topics.map((topic) => textField(topic, 'name')))
  const isOwn = id !== '' && others.length === 0 && transaction?.['verifyOnly'] !== true
  return isOwn ? { text, ...joinTransaction(id, memory) } : { text }
}

export function explainAddOffsets({ body }: RequestFrame, memory: LinkMemory): Meaning {
  return joinTransaction(textField(body, 'transactionalId'), memory)
}

/** A commit settles the offsets that the transaction carries. */
export function explainEndTransaction({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const id = textField(body, 'transactionalId')
  const isCommit = body['committed'] === true
  return {
    transaction: isCommit ? 'commit' : 'rollback', transactionId: id,
    deliveries: memory.deliveries.below(memory.transactions.staged(id)),
    answered: (_, errors) => {
      if (errors.length > 0) return lost(id, errors, memory)
      const settled = isCommit ? memory.deliveries.settle(memory.transactions.staged(id)) : []
      return [...settled, ...memory.transactions.end(id)]
    },
  }
}

/** Who asks for the producer's id of a transactional id ends what its last owner has left open. */
export function explainInitProducerId({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const id = textField(body, 'transactionalId')
  if (id === '') return {}
  return { answered: (_, errors) => (errors.length === 0 ? memory.transactions.end(id) : []) }
}

/** Another producer has taken the id, and what was open is aborted. */
export function lost(id: string, errors: readonly number[], memory: LinkMemory): readonly Fact[] {
  return errors.some((code) => FENCED_PRODUCER.has(code)) ? memory.transactions.end(id) : []
}
