/**
 * How an operation ended, by what the server said up to the ReadyForQuery of its group.
 *
 * | said                                               | outcome                                       |
 * |----------------------------------------------------|-----------------------------------------------|
 * | COMMIT answered by the tag COMMIT                  | ok, whatever comes later in the same text     |
 * | COMMIT answered by the tag ROLLBACK                | failed: the transaction had failed before     |
 * | an error in the operation                          | failed; indeterminate if it commits by itself |
 * | an error before it in the same pipeline            | failed, skipped                               |
 * | a later error before any commit, outside a transaction | failed: the group is one transaction      |
 * | completed, no error                                | ok                                            |
 * | a fatal error, or no answer                        | indeterminate where a commit was under way    |
 *
 * A statement inside a transaction is ok when it completed; what became of it the COMMIT tells.
 */
import type { Outcome, TransactionRole } from '../../model/wire.ts'
import type { Effect } from './statement.ts'

export interface OpenOperation {
  readonly op: number
  readonly kind: string
  readonly reads: boolean
  readonly handshake?: boolean
  readonly role: TransactionRole | undefined
  readonly effects: readonly Effect[]
  readonly commitsItself: boolean
  /** Command tags, one for each completed statement. */
  readonly tags: string[]
  /** Answers that are still awaited. */
  parts: number
  /** The client asked for the answers without a Sync. */
  flushed: boolean
  error?: string
  skipped?: boolean
  fatal?: boolean
}

export interface Group {
  /** The group's error and the operation that met it. */
  readonly error: { readonly op: number; readonly sqlstate: string } | undefined
  /** Operations of the group behind this one. */
  readonly later: readonly OpenOperation[]
}

export interface End {
  readonly outcome: Outcome
  readonly detail: string
}

export function outcomeOf(operation: OpenOperation, group: Group): End {
  const tags = operation.tags.join(', ')
  if (operation.error !== undefined) return afterError(operation, operation.error)
  if (operation.skipped === true) return { outcome: 'failed', detail: 'skipped' }
  if (operation.handshake === true && operation.fatal !== true) return { outcome: 'ok', detail: 'ready' }
  if (!isComplete(operation)) return unanswered(operation)
  const refused = operation.effects.some((effect, index) => isCommit(effect) && operation.tags[index] === 'ROLLBACK')
  if (refused) return { outcome: 'failed', detail: 'ROLLBACK' }
  if (operation.role !== 'auto' || operation.reads) return { outcome: 'ok', detail: tags === '' ? 'done' : tags }
  return implicitCommit(operation, group, tags)
}

/** A statement that commits by itself does so at the end of its group, unless the group brings its own COMMIT. */
function implicitCommit(operation: OpenOperation, group: Group, tags: string): End {
  const { error } = group
  const committed = [operation, ...group.later].some((one) =>
    one.op < (error?.op ?? Number.POSITIVE_INFINITY) && hasCommitted(one))
  if (committed || operation.commitsItself) return { outcome: 'ok', detail: tags }
  if (operation.fatal === true) return { outcome: 'indeterminate', detail: 'connection lost' }
  if (error !== undefined) return { outcome: 'failed', detail: `rolled back by ${error.sqlstate}` }
  return { outcome: 'ok', detail: tags === '' ? 'done' : tags }
}

function afterError(operation: OpenOperation, sqlstate: string): End {
  if (hasCommitted(operation)) return { outcome: 'ok', detail: `${operation.tags.join(', ')}, then ${sqlstate}` }
  const mayHaveCommitted = operation.commitsItself || (operation.fatal === true && commits(operation))
  return { outcome: mayHaveCommitted ? 'indeterminate' : 'failed', detail: sqlstate }
}

function unanswered(operation: OpenOperation): End {
  if (operation.fatal === true && !commits(operation)) return { outcome: 'failed', detail: 'connection lost' }
  return { outcome: 'indeterminate', detail: 'no answer' }
}

function commits(operation: OpenOperation): boolean {
  return operation.role === 'auto' || operation.role === 'commit' || operation.commitsItself
}

function hasCommitted(operation: OpenOperation): boolean {
  return operation.effects.some((effect, index) => isCommit(effect) && operation.tags[index] === 'COMMIT')
}

function isCommit(effect: Effect): boolean {
  return effect === 'commit' || effect === 'commit-chain'
}

/** Every message of it was answered. */
function isComplete(operation: OpenOperation): boolean {
  return operation.parts <= 0
}
