/**
 * A planted repeat: the captured operation once more, while its first answer is held.
 *
 * Inside a transaction a repeat that fails (a unique key) must not fail the transaction: it runs between two savepoints
 * of one name. If it succeeds, ROLLBACK TO goes back to the second one and takes nothing away; if it fails, the second
 * one is refused and ROLLBACK TO goes back to the first one. So no answer has to be waited for in between.
 * Names of statements and portals are still taken from the first time: named statements are not parsed again, portals
 * become the unnamed one.
 */
import type { Interjection, OperationStart, Outcome } from '../../model/wire.ts'
import {
  BodyReader, decodeError, encodeMessage, encodeQuery, encodeSync, splitMessages, type PostgresMessage,
} from './messages.ts'
import { parseStatement } from './statement.ts'

const SAVEPOINT = 'onceproof_repeat'

export function plantRepeat(request: Buffer, start: OperationStart): Interjection | undefined {
  if (start.reads || start.kind === 'COPY') return undefined
  const inside = start.transaction === 'inside'
  if (!inside && start.transaction !== 'auto') return undefined
  const again = repeatable(splitMessages(request))
  if (again === undefined) return undefined
  if (!inside) return { bytes: again, done: (reply) => outcomeOf(reply, { readies: 1, repeat: 0, status: 'I' }) }
  const bytes = Buffer.concat([
    encodeQuery(`SAVEPOINT ${SAVEPOINT}`), again, encodeQuery(`SAVEPOINT ${SAVEPOINT}`),
    encodeQuery(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`), encodeQuery(`RELEASE SAVEPOINT ${SAVEPOINT}`),
  ])
  return { bytes, done: (reply) => outcomeOf(reply, { readies: 5, repeat: 1, status: 'T' }) }
}

/** The request as it can be sent again, ended by its own Sync; undefined where it can't. */
function repeatable(messages: readonly PostgresMessage[]): Buffer | undefined {
  const kinds = messages.map((message) => message.kind)
  if (kinds.length === 1 && kinds[0] === 'Q') return isOneTransaction(messages) ? messages[0]?.bytes : undefined
  const isExtended = kinds.every((kind) => 'PBDCEHS'.includes(kind)) && kinds.includes('B') && kinds.includes('E')
  if (!isExtended) return undefined
  const sent = messages.flatMap((message) => repeatMessage(message))
  return Buffer.concat([...sent, encodeSync()])
}

/** A text that ends transactions by itself would end the subject's. */
function isOneTransaction(messages: readonly PostgresMessage[]): boolean {
  return messages.every((message) =>
    parseStatement(new BodyReader(message).string()).effects.every((effect) => effect === 'none'))
}

function repeatMessage(message: PostgresMessage): Buffer[] {
  const reader = new BodyReader(message)
  switch (message.kind) {
    case 'P':
      return reader.string() === '' ? [message.bytes] : []
    case 'B':
    case 'E':
      // Both begin with the portal's name.
      reader.string()
      return [encodeMessage(message.kind, Buffer.concat([Buffer.from('\0'), reader.rest()]))]
    default:
      return []
  }
}

interface Expected {
  /** How many ReadyForQuery make the answer whole. */
  readonly readies: number
  /** Which of them ends the repeat itself, from 0. */
  readonly repeat: number
  /** Status that the last one must tell: the transaction is as it was. */
  readonly status: string
}

function outcomeOf(reply: Buffer, expected: Expected): Outcome | undefined {
  const messages = splitMessages(reply)
  let ready = 0
  let failed = false
  for (const message of messages) {
    if (message.kind === 'E' && decodeError(message).severity === 'FATAL') return 'indeterminate'
    if (message.kind === 'E' && ready === expected.repeat) failed = true
    if (message.kind !== 'Z') continue
    ready += 1
    if (ready < expected.readies) continue
    if (new BodyReader(message).letter() !== expected.status) return 'indeterminate'
    return failed ? 'failed' : 'ok'
  }
  return undefined
}
