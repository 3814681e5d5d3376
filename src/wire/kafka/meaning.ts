/**
 * What a request means to the run, told by its body and what its link remembers; each kind of request has its place in
 * `fetch.ts`, `produce.ts`, `offsets.ts`, `transactions.ts`, `groups.ts` or `topics.ts`. Here is what they share.
 */
import type { Fact, TransactionRole } from '../../model/wire.ts'
import type { RequestFrame } from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { KafkaRecord } from './table.ts'

export interface Meaning {
  readonly text?: string
  readonly values?: readonly string[]
  readonly deliveries?: readonly string[]
  readonly transaction?: TransactionRole
  readonly transactionId?: string
  /** Housekeeping, though others of its kind are not. */
  readonly handshake?: boolean
  /** Errors that it can get because of what is in it. */
  readonly errors?: readonly string[]
  /** No answer will come. */
  readonly oneWay?: boolean
  /** Told with the request. */
  readonly facts?: readonly Fact[]
  /** What is told with the answer; `errors` are the codes in it. */
  readonly answered?: (body: KafkaRecord, errors: readonly number[]) => readonly Fact[]
}

export type Explain = (request: RequestFrame, memory: LinkMemory) => Meaning
