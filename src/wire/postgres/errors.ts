/**
 * Errors that a Postgres server can return, made so that the server really is in the state that the answer claims.
 *
 * | name              | what happens                                                                                 |
 * |-------------------|----------------------------------------------------------------------------------------------|
 * | 40P01, 40001      | a block that raises the code runs in the statement's place and aborts its transaction        |
 * | 40001 at COMMIT   | ROLLBACK goes to the server in its place                                                     |
 * | 57P01, 57P01-lost | the server never hears of the request and loses the connection                               |
 * | 57P01-done        | the request is carried out, and the connection is gone before its reply                      |
 *
 * Source: appendix "PostgreSQL Error Codes", chapters "Transaction Isolation" and "Frontend/Backend Protocol" of the
 * documentation. Which of them a statement can meet is decided where its text is known (`contentionErrors`). An error
 * of the server's own that comes instead is passed on as it is.
 */
import type { OperationStart, Refusal } from '../../model/wire.ts'
import type { Level } from './isolation.ts'
import {
  decodeError, encodeError, encodeMessage, encodeParse, encodeQuery, encodeSync, restBehind, splitMessages, BodyReader,
  type PostgresMessage,
} from './messages.ts'
import { bindRollback, withoutOwnAnswers } from './plant-loss.ts'
import type { Statement, TransactionStatus } from './statement.ts'

const DEADLOCK = '40P01'
const SERIALIZATION = '40001'
const SHUTDOWN = '57P01'
const SHUTDOWN_DONE = '57P01-done'
const SHUTDOWN_LOST = '57P01-lost'

/** Tells an error that we had raised from one of the server's own. */
const MARK = 'onceproof: raised in place of a statement'
const OWN_STATEMENT = 'onceproof_refusal'

/** They may have committed before they fail. */
const COMMITTING_KINDS = new Set(['CALL', 'DO', 'VACUUM', 'REINDEX', 'CLUSTER'])

/** Errors of contention that this statement can meet here; those that need no state are in `errorsOf`. */
export function contentionErrors(
  statement: Statement, met: TransactionStatus, level: Level | undefined,
): readonly string[] {
  const { hazards, effects } = statement
  // In a failed transaction every statement gets one error, and it is none of these.
  if (met === 'E') return []
  if (effects.some((effect) => effect !== 'none')) {
    const commits = effects.length === 1 && (effects[0] === 'commit' || effects[0] === 'commit-chain')
    return commits && met === 'T' && level === 'serializable' ? [SERIALIZATION] : []
  }
  const needed = level === 'serializable' ? 'looks' : 'rewrites'
  return [
    ...(hazards.includes('waits') ? [DEADLOCK] : []),
    ...(level !== undefined && hazards.includes(needed) ? [SERIALIZATION] : []),
  ]
}

export function errorsOf(start: OperationStart): readonly string[] {
  if (start.handshake === true || start.oneWay || start.kind === 'COPY') return []
  const isLeftOpen = start.transaction === 'commit' || (start.transaction === 'auto' && !start.reads)
  return [...(start.errors ?? []), ...(isLeftOpen ? [SHUTDOWN_DONE, SHUTDOWN_LOST] : [SHUTDOWN])]
}

export function refuse(name: string, request: Buffer, start: OperationStart): Refusal | undefined {
  if (!errorsOf(start).includes(name)) return undefined
  if (name === SHUTDOWN || name === SHUTDOWN_LOST) return loseConnection
  const messages = splitMessages(request)
  if (restBehind(messages, request).length > 0 || !isOneExecution(messages)) return undefined
  if (name === SHUTDOWN_DONE) return denyAll(request, start)
  return start.transaction === 'commit' ? failCommit(messages, start) : failStatement(messages, name, start)
}

/** One Query, or what one Execute needs up to its Sync. Without a Sync the client has more to say first. */
function isOneExecution(messages: readonly PostgresMessage[]): boolean {
  const kinds = messages.map((message) => message.kind).join('')
  return kinds === 'Q' || kinds === 'F' || /^[PBDC]*E[DC]*S$/u.test(kinds)
}

const terminated = encodeError({
  S: 'FATAL', V: 'FATAL', C: SHUTDOWN, M: 'terminating connection due to administrator command',
  F: 'postgres.c', R: 'ProcessInterrupts',
})

const loseConnection: Refusal = {
  request: undefined,
  complete: () => true,
  answer: () => terminated,
  outcome: () => 'failed',
  closes: true,
}

/** The server is asked to stop when the work is done and the reply is not out. */
function denyAll(request: Buffer, start: OperationStart): Refusal {
  return {
    request,
    complete: (reply) => {
      const messages = splitMessages(reply)
      return messages.some((message) => message.kind === 'Z') || isFatal(messages)
    },
    answer: () => terminated,
    outcome: (reply) => {
      const messages = splitMessages(reply)
      const isCommitting = COMMITTING_KINDS.has(start.kind)
      if (isFatal(messages)) return 'indeterminate'
      if (messages.some((message) => message.kind === 'E')) return isCommitting ? 'indeterminate' : 'failed'
      return start.transaction === 'commit' && tagsOf(messages).includes('ROLLBACK') ? 'failed' : 'ok'
    },
    closes: true,
  }
}

// In the extended protocol the subject's own Parse, Bind and Describe stay, so that its named statements are what it
// thinks they are; our own statement takes the place of Execute. It may be left from before: a pooler can hand out a
// connection on which it was not closed.
function failStatement(messages: readonly PostgresMessage[], name: string, start: OperationStart): Refusal {
  const raise = `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${name}', MESSAGE = 'refused', DETAIL = '${MARK}'; END $$`
  const isExtended = messages.at(-1)?.kind === 'S'
  const at = messages.findIndex((message) => message.kind === 'E')
  const closes = messages.slice(0, at).filter((message) => message.kind === 'C').length
  const request = isExtended
    ? Buffer.concat([
        ...messages.slice(0, at).map((message) => message.bytes),
        closeOwn, encodeParse(OWN_STATEMENT, raise), bindOwn, executeUnnamed,
        ...messages.slice(at + 1).map((message) => message.bytes),
        closeOwn, encodeSync(),
      ])
    : encodeQuery(raise)
  return {
    request,
    complete: (reply) => isFailed(splitMessages(reply), isExtended ? 2 : 1),
    answer: (reply) => failedAnswer(reply, errorAs(name, start), isExtended ? closes : undefined),
    // Whatever the server says: it never saw the statement.
    outcome: () => 'failed',
    closes: false,
  }
}

const closeOwn = encodeMessage('C', Buffer.from(`S${OWN_STATEMENT}\0`))
// Bind: | portal | statement | no formats | no parameters | no result formats |; Execute: | portal | no limit |
const bindOwn = encodeMessage('B', Buffer.from(`\0${OWN_STATEMENT}\0\0\0\0\0\0\0`))
const executeUnnamed = encodeMessage('E', Buffer.from('\0\0\0\0\0'))

/** Up to the error, then so many ReadyForQuery: answers to what was sent before may come first. */
function isFailed(messages: readonly PostgresMessage[], readies: number): boolean {
  const failed = messages.findIndex((message) => message.kind === 'E')
  if (failed === -1) return false
  return isFatal(messages) || messages.slice(failed).filter((message) => message.kind === 'Z').length >= readies
}

/**
 * The server's answer with the error in our words, without the answers to our own messages. `closes`: how many
 * statements and portals the subject itself closed before its Execute; undefined in the simple protocol.
 */
function failedAnswer(reply: Buffer, error: Buffer, closes: number | undefined): Buffer {
  const messages = splitMessages(reply)
  const failed = messages.findIndex((message) => message.kind === 'E')
  const ready = messages.findIndex((message, index) => index > failed && message.kind === 'Z')
  const isOurs = messages[failed]?.bytes.includes(MARK) === true
  const own = closes === undefined ? [] : ownAnswers(messages.slice(0, failed), isOurs ? 'all' : closes)
  const kept = messages.flatMap((message, index): readonly Buffer[] => {
    if (index === failed) return [isOurs ? error : message.bytes]
    // Behind the error's ReadyForQuery stands what answers the closing of our statement.
    const isClosing = ready !== -1 && index > ready && (message.kind === '3' || message.kind === 'Z')
    return isClosing || own.includes(index) ? [] : [message.bytes]
  })
  return Buffer.concat([...kept, restBehind(messages, reply)])
}

/**
 * Where answers to our own messages stand before the error: all three right before it if it is ours; else the server
 * may have got as far as our Close, and there is one answer to a Close more than the subject asked for.
 */
function ownAnswers(before: readonly PostgresMessage[], reached: 'all' | number): number[] {
  const at = (kinds: string): number[] =>
    before.flatMap(({ kind }, index) => (kinds.includes(kind) ? [index] : []))
  if (reached === 'all') return at('123').slice(-3)
  const closed = at('3')
  return closed.length > reached ? closed.slice(-1) : []
}

/** COMMIT becomes ROLLBACK, and its completion an error: so does a server that can't serialize the transaction. */
function failCommit(messages: readonly PostgresMessage[], start: OperationStart): Refusal | undefined {
  if (start.kind !== 'COMMIT' && start.kind !== 'END') return undefined
  const isQuery = messages[0]?.kind === 'Q'
  if (!isQuery && !messages.some((message) => message.kind === 'B')) return undefined
  return {
    request: isQuery ? encodeQuery('ROLLBACK') : bindRollback(messages, 'ROLLBACK'),
    complete: (reply) => {
      const answered = splitMessages(reply)
      return answered.some((message) => message.kind === 'Z') || isFatal(answered)
    },
    answer: (reply) => {
      const answered = splitMessages(reply)
      const own = isQuery ? answered : withoutOwnAnswers(answered)
      const last = own.findLastIndex((message) => message.kind === 'C')
      const error = errorAs(SERIALIZATION, start)
      const said = own.map((message, index) => (index === last ? error : message.bytes))
      return Buffer.concat([...said, restBehind(answered, reply)])
    },
    outcome: () => 'failed',
    closes: false,
  }
}

/** In the server's words (deadlock.c, heapam_handler.c, predicate.c). */
function errorAs(sqlstate: string, start: OperationStart): Buffer {
  const head = { S: 'ERROR', V: 'ERROR', C: sqlstate }
  if (sqlstate === DEADLOCK) {
    return encodeError({
      ...head, M: 'deadlock detected', H: 'See server log for query details.', F: 'deadlock.c', R: 'DeadLockReport',
    })
  }
  const isPlainInsert = start.kind === 'INSERT' && !/\bon conflict\b/iu.test(start.text)
  if (start.reads || start.transaction === 'commit' || isPlainInsert) {
    return encodeError({
      ...head, M: 'could not serialize access due to read/write dependencies among transactions',
      D: 'Reason code: Canceled on identification as a pivot, during commit attempt.',
      H: 'The transaction might succeed if retried.', F: 'predicate.c', R: 'PreCommit_CheckForSerializationFailure',
    })
  }
  return encodeError({
    ...head, M: 'could not serialize access due to concurrent update', F: 'nodeModifyTable.c', R: 'ExecUpdate',
  })
}

function isFatal(messages: readonly PostgresMessage[]): boolean {
  return messages.some((message) => message.kind === 'E' && decodeError(message).severity === 'FATAL')
}

function tagsOf(messages: readonly PostgresMessage[]): string[] {
  return messages.filter((message) => message.kind === 'C').map((message) => new BodyReader(message).string())
}
