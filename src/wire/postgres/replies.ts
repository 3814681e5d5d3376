/**
 * The server's half of the decoder: each message to the operation that it answers.
 *
 * Asynchronous messages (notices, parameters, notifications) belong to none. A message that answers nothing we know
 * of passes untouched and is reported as unknown: pairing is lost, so it may have changed state.
 */
import { WireError } from '../../lib/errors.ts'
import type { OperationEnd, Unit } from '../../model/wire.ts'
import type { AwaitedKind, Conversation } from './conversation.ts'
import { BodyReader, decodeError, type PostgresMessage } from './messages.ts'
import type { TransactionStatus } from './statement.ts'
import { makeUnit, unknownFact } from './units.ts'

/** Which awaited answers a message can be part of. */
const ANSWERS: Readonly<Record<string, readonly AwaitedKind[]>> = {
  R: ['startup'], K: ['startup'], v: ['startup'],
  '1': ['parse'], '2': ['bind'], '3': ['close'],
  t: ['describe'], n: ['describe'],
  T: ['describe', 'query'],
  D: ['execute', 'query'], C: ['execute', 'query'], I: ['execute', 'query'], s: ['execute'],
  G: ['execute', 'query'], H: ['execute', 'query'], d: ['execute', 'query'], c: ['execute', 'query'],
  V: ['call'],
}

/** Messages after which the one they answer is answered. */
const COMPLETES = new Set(['1', '2', '3', 'n'])

export function takeReply(conversation: Conversation, message: PostgresMessage): Unit {
  const { kind, bytes } = message
  switch (kind) {
    case 'A':
      return { bytes }
    case 'N':
    case 'S':
      return makeUnit(bytes, { op: conversation.answering(['startup'])?.op })
    case 'E': {
      const { sqlstate, severity } = decodeError(message)
      const { op, ends } = conversation.fail(sqlstate, severity === 'FATAL' || severity === 'PANIC')
      return makeUnit(bytes, { op, ends })
    }
    case 'Z':
      return ready(conversation, message)
    case 'W':
      return makeUnit(bytes, { facts: [unknownFact('streaming replication')] })
    default:
      return answer(conversation, message)
  }
}

// ReadyForQuery: | status: Byte1, I idle, T in a transaction, E in a failed one |
function ready(conversation: Conversation, message: PostgresMessage): Unit {
  const { bytes } = message
  const over = conversation.ready(decodeStatus(message))
  if (over === undefined) return { bytes, facts: [unknownFact('a ReadyForQuery that nothing awaits')] }
  return makeUnit(bytes, { op: over.op, ends: over.ends })
}

function decodeStatus(message: PostgresMessage): TransactionStatus {
  const status = new BodyReader(message).letter()
  if (status === 'I' || status === 'T' || status === 'E') return status
  throw new WireError('postgres', `a transaction status '${status}'`, message.bytes)
}

function answer(conversation: Conversation, message: PostgresMessage): Unit {
  const { kind, bytes } = message
  const answering = conversation.answering(ANSWERS[kind] ?? [])
  if (answering === undefined) return { bytes, facts: [unknownFact(`reply '${kind}'`)] }
  const ends = advance(conversation, message, answering.kind)
  const { op } = answering
  if (kind === 'R') return makeUnit(bytes, { op, secret: true })
  // BackendKeyData: | process: Int32 | key |; the key cancels queries.
  if (kind === 'K') {
    const session = String(new BodyReader(message).int32())
    return makeUnit(bytes, { op, secret: true, facts: [{ type: 'session', session }] })
  }
  return makeUnit(bytes, { op, ends })
}

function advance(conversation: Conversation, message: PostgresMessage, answering: AwaitedKind): OperationEnd[] {
  const { kind } = message
  if (kind === 'C') return conversation.complete(new BodyReader(message).string())
  if (kind === 'I') return conversation.complete('')
  if (kind === 's') return conversation.complete('suspended')
  if (kind === 'G') conversation.startCopyIn()
  const described = kind === 'T' && answering === 'describe'
  return COMPLETES.has(kind) || described ? conversation.answered() : []
}
