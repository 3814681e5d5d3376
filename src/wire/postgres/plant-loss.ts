/**
 * A planted loss: the subject is told that its work was committed, and it was not.
 *
 * A COMMIT goes to the server as ROLLBACK, and the answer's command tag is put right. A statement that commits by
 * itself is wrapped in a transaction that is rolled back, one inside a transaction in a savepoint that is gone back to;
 * only the statement's own answers are passed on, so they are the server's and not made up. A control of the oracle,
 * never a fault: no real server behaves like this.
 */
import type { OperationStart, PlantedLoss } from '../../model/wire.ts'
import {
  BodyReader, decodeBind, decodeError, encodeMessage, encodeParse, encodeQuery, splitMessages, type PostgresMessage,
} from './messages.ts'
import { parseStatement } from './statement.ts'

const ROLLBACK_STATEMENT = 'onceproof_rollback'

/** These can't run inside a transaction, decide one of their own, or go on after the request. */
const NOT_IN_TRANSACTION = new Set(['COPY', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'VACUUM', 'REINDEX', 'CLUSTER'])

/** Where only the statement goes and its transaction stays: what begins and ends savepoints must not be among them. */
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH'])
const SAVEPOINT = 'onceproof_loss'

interface Wrapping {
  readonly before: readonly string[]
  readonly behind: readonly string[]
  /** What the subject's connection is in afterwards, as it is told. */
  readonly status: 'I' | 'T'
}

const transaction: Wrapping = { before: ['BEGIN'], behind: ['ROLLBACK'], status: 'I' }
const savepoint: Wrapping = {
  before: [`SAVEPOINT ${SAVEPOINT}`], behind: [`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`, `RELEASE SAVEPOINT ${SAVEPOINT}`],
  status: 'T',
}

export function plantLoss(request: Buffer, start: OperationStart): PlantedLoss | undefined {
  const messages = splitMessages(request)
  const end = messages.at(-1)?.kind
  if (start.reads || (end !== 'Q' && end !== 'S')) return undefined
  if (start.transaction === 'commit') return loseCommit(messages, start)
  if (start.transaction === 'auto') return loseStatement(messages, request, start)
  return start.transaction === 'inside' && WRITES.has(start.kind) ? loseStatement(messages, request, start) : undefined
}

function loseCommit(messages: readonly PostgresMessage[], start: OperationStart): PlantedLoss | undefined {
  const rollback = start.text === '' ? 'ROLLBACK' : `ROLLBACK ${start.text}`
  const complete = (reply: Buffer): boolean => isComplete(reply, 1)
  if (messages[0]?.kind === 'Q') {
    if (effectsOf(messages[0]).length !== 1) return undefined
    const claim = (reply: Buffer): Buffer => Buffer.concat(claimCommit(splitMessages(reply)))
    return { request: encodeQuery(rollback), answer: claim, complete }
  }
  if (!messages.some((message) => message.kind === 'B') || (start.kind !== 'COMMIT' && start.kind !== 'END')) {
    return undefined
  }
  const answer = (reply: Buffer): Buffer => Buffer.concat(claimCommit(withoutOwnAnswers(splitMessages(reply))))
  return { request: bindRollback(messages, rollback), answer, complete }
}

/** Binds a statement of our own, which is closed again: the subject's named statements stay what they are. */
export function bindRollback(messages: readonly PostgresMessage[], rollback: string): Buffer {
  const sent = messages.flatMap((message) => {
    if (message.kind === 'B') {
      const { portal } = decodeBind(message)
      // Bind without parameters: | portal | statement | no formats | no parameters | no result formats |
      const body = Buffer.from(`${portal}\0${ROLLBACK_STATEMENT}\0\0\0\0\0\0\0`)
      return [encodeParse(ROLLBACK_STATEMENT, rollback), encodeMessage('B', body)]
    }
    if (message.kind === 'S') return [encodeMessage('C', Buffer.from(`S${ROLLBACK_STATEMENT}\0`)), message.bytes]
    return [message.bytes]
  })
  return Buffer.concat(sent)
}

/** Takes out the ParseComplete right before the BindComplete, and the last CloseComplete. */
export function withoutOwnAnswers(reply: readonly PostgresMessage[]): PostgresMessage[] {
  const bound = reply.findLastIndex((message) => message.kind === '2')
  const parsed = reply.findLastIndex((message, index) => index < bound && message.kind === '1')
  const closed = reply.findLastIndex((message) => message.kind === '3')
  return reply.filter((_, index) => index !== parsed && index !== closed)
}

function claimCommit(reply: readonly PostgresMessage[]): Buffer[] {
  const last = reply.findLastIndex((message) => message.kind === 'C')
  return reply.map((message, index) =>
    index === last ? encodeMessage('C', Buffer.from('COMMIT\0')) : message.bytes)
}

function loseStatement(
  messages: readonly PostgresMessage[], request: Buffer, start: OperationStart,
): PlantedLoss | undefined {
  const queries = messages.filter((message) => message.kind === 'Q')
  const decides = queries.some((query) => effectsOf(query).some((effect) => effect !== 'none'))
  if (decides || NOT_IN_TRANSACTION.has(start.kind)) return undefined
  const { before, behind, status } = start.transaction === 'inside' ? savepoint : transaction
  return {
    request: Buffer.concat([...before.map(encodeQuery), request, ...behind.map(encodeQuery)]),
    answer: (reply) => Buffer.concat(onlyStatement(splitMessages(reply), status)),
    complete: (reply) => isComplete(reply, before.length + 1 + behind.length),
  }
}

/**
 * The answers between the first ReadyForQuery and the second, which now says what the subject's connection is in.
 * Before the first stand the completion of what we began, which goes, and perhaps answers to what was sent earlier,
 * which stay; notifications always stay.
 */
function onlyStatement(reply: readonly PostgresMessage[], status: Wrapping['status']): Buffer[] {
  const [first = -1, second = -1] = reply.flatMap(({ kind }, index) => (kind === 'Z' ? [index] : []))
  const begun = reply.findLastIndex((message, index) => index < first && message.kind === 'C')
  return reply.flatMap((message, index) => {
    if (message.kind === 'A') return [message.bytes]
    if (index === second) return [encodeMessage('Z', Buffer.from(status))]
    return index === begun || index === first || index > second ? [] : [message.bytes]
  })
}

function isComplete(reply: Buffer, readies: number): boolean {
  const messages = splitMessages(reply)
  const fatal = messages.some((message) => message.kind === 'E' && decodeError(message).severity === 'FATAL')
  return fatal || messages.filter((message) => message.kind === 'Z').length >= readies
}

function effectsOf(query: PostgresMessage): readonly string[] {
  return parseStatement(new BodyReader(query).string()).effects
}
