/**
 * Decodes one connection of an SQS client: HTTP/1.1 whose calls are called by their action and their queue.
 *
 * What a call did to messages is told with its reply, since only the reply says whether it was done, and of a batch
 * which entries. Polls and questions are housekeeping, never points. A call of which not all can be read (its body was
 * not waited for, is compressed, or in a protocol that is not decoded) passes and is told as unknown.
 */
import { outcomeOf, type Answered, type Asked, type HttpDialect } from '../http/dialect.ts'
import { plainDialect } from '../http/plain-dialect.ts'
import { HttpSession } from '../http/session.ts'
import type { Fact, OperationEnd, OperationStart, Outcome, Unit, WireSession } from '../../model/wire.ts'
import { decodeAnswer, type SqsAnswer, type SqsMessage } from './answer.ts'
import { decodeCall, type SqsCall } from './call.ts'
import { deliveryOf, type LinkMemory } from './link-memory.ts'

/** A message has at most 1 MiB, and so has a batch; its writing in JSON or in a form can be several times as long. */
const BODY_BYTES_MAX = 16 * 1024 * 1024

const POLL = 'ReceiveMessage'
const BATCH = { isBatch: true } as const
const DELETES: ReadonlySet<string> = new Set(['DeleteMessage', 'DeleteMessageBatch'])
const HIDES: ReadonlySet<string> = new Set(['ChangeMessageVisibility', 'ChangeMessageVisibilityBatch'])

/** System attributes that tell something of the delivery. */
const TOLD = ['MessageGroupId', 'MessageDeduplicationId', 'ApproximateReceiveCount']

/** What somebody knows of a cell's messages, whichever link they go over. */
export interface SqsLedger {
  /** The producer's own id of a message that it sent, by the server's id of it and by its body. */
  idOf(message: Pick<SqsMessage, 'messageId' | 'body'>): string | undefined
  /** It was handed over; an older handle of it claims nothing any more. */
  received(message: Pick<SqsMessage, 'messageId' | 'handle'>): void
}

export class SqsSession implements WireSession {
  readonly #dialect: SqsDialect
  readonly #http: HttpSession

  constructor(memory: LinkMemory, ledger: SqsLedger) {
    this.#dialect = new SqsDialect(memory, ledger)
    this.#http = new HttpSession(this.#dialect)
  }

  request(bytes: Buffer): Unit[] {
    return this.#http.request(bytes)
  }

  reply(bytes: Buffer): Unit[] {
    return this.#http.reply(bytes)
  }

  close(): Unit[] {
    return this.#http.close()
  }
}

class SqsDialect implements HttpDialect {
  readonly bodyBytesMax = BODY_BYTES_MAX
  readonly readsResponses = true
  readonly #memory: LinkMemory
  readonly #ledger: SqsLedger
  /** Calls without a reply; undefined for what is none of SQS. */
  readonly #calls = new Map<number, SqsCall | undefined>()

  constructor(memory: LinkMemory, ledger: SqsLedger) {
    this.#memory = memory
    this.#ledger = ledger
  }

  ask(asked: Asked): { readonly starts: OperationStart } & Pick<Unit, 'facts'> {
    const { op, head, body, isWhole } = asked
    const isReadable = isWhole && !head.headers.has('content-encoding')
    const call = isReadable ? decodeCall(head, body) : undefined
    this.#calls.set(op, call)
    if (call === undefined) {
      const isHidden = !isReadable || isOtherProtocol(head.target)
      return { ...plainDialect.ask(asked), ...(isHidden ? { facts: [unread('a call')] } : {}) }
    }
    const starts = startOf(op, call)
    if (call.action !== POLL || !this.#memory.polls(call.queue)) return { starts }
    return { starts, facts: [{ type: 'consuming', lane: call.queue }] }
  }

  answer(answered: Answered): { readonly end: OperationEnd } & Pick<Unit, 'facts'> {
    const { op, head, body } = answered
    const call = this.#calls.get(op)
    this.#calls.delete(op)
    if (call === undefined) return plainDialect.answer(answered)
    if (body === undefined || head.headers.has('content-encoding')) {
      return { ...plainDialect.answer(answered), facts: [unread(`the answer to ${call.action}`)] }
    }
    const answer = decodeAnswer(head, body, call.protocol)
    const end = { op, outcome: outcomeWith(head.status, call, answer), detail: detailOf(head.status, call, answer) }
    return { end, facts: head.status >= 400 ? [] : this.#done(call, answer) }
  }

  #done(call: SqsCall, answer: SqsAnswer): Fact[] {
    if (call.action === POLL) return answer.messages.flatMap((message) => this.#delivered(call, message))
    const done = call.entries.filter(({ id }) => !answer.failed.includes(id))
    if (DELETES.has(call.action)) return done.flatMap(({ handle }) => this.#settled(handle, 'ack'))
    if (!HIDES.has(call.action)) return []
    return done.flatMap(({ handle, visibility }) => (visibility === 0 ? this.#settled(handle, 'requeue') : []))
  }

  #delivered(call: SqsCall, message: SqsMessage): Fact[] {
    const { messageId, handle, body, system, attributes } = message
    const count = system['ApproximateReceiveCount']
    const redelivered = count === undefined ? this.#memory.hasSeen(messageId) : Number(count) > 1
    this.#ledger.received(message)
    const { begun, over } = this.#memory.take(call.queueUrl, messageId, handle)
    const group = system['MessageGroupId']
    const told = Object.fromEntries(Object.entries(system).filter(([name]) => TOLD.includes(name)))
    const delivered: Fact = {
      type: 'delivered', delivery: deliveryOf(handle), redelivered, body, headers: { ...told, ...attributes },
      messageId: attributes['message-id'] ?? this.#ledger.idOf(message) ?? messageId,
      lane: group === undefined ? call.queue : `${call.queue} ${group}`,
    }
    return [
      ...(over === undefined ? [] : [{ type: 'lease', lease: over, held: false } as const]),
      delivered, { type: 'lease', lease: begun, held: true },
    ]
  }

  #settled(handle: string | undefined, how: 'ack' | 'requeue'): Fact[] {
    if (handle === undefined) return []
    const lease = this.#memory.drop(handle)
    return [
      { type: 'settled', delivery: deliveryOf(handle), how },
      ...(lease === undefined ? [] : [{ type: 'lease', lease, held: false } as const]),
    ]
  }
}

function startOf(op: number, call: SqsCall): OperationStart {
  const reads = isRead(call.action)
  const handles = call.entries.flatMap(({ handle }) => handle ?? [])
  return {
    op, kind: call.action, text: textOf(call), reads, oneWay: false,
    ...(reads || call.action === POLL ? { handshake: true } : {}),
    ...(handles.length === 0 ? {} : { deliveries: handles.map(deliveryOf), ...handles.length > 1 ? BATCH : {} }),
    values: call.entries.flatMap(({ values }) => values),
  }
}

/** Giving a message back is another operation than keeping it for longer. */
function textOf({ action, queue, entries }: SqsCall): string {
  const givesBack = HIDES.has(action) && entries.every(({ visibility }) => visibility === 0)
  return givesBack ? `${queue} visible at once` : queue
}

/** The service has no action of these words that changes anything. */
export function isRead(action: string): boolean {
  return /^(?:Get|List)[A-Z]/.test(action)
}

function outcomeWith(status: number, call: SqsCall, { failed }: SqsAnswer): Outcome {
  return failed.length > 0 && failed.length >= call.entries.length ? 'failed' : outcomeOf(status)
}

function detailOf(status: number, { attempt, entries }: SqsCall, { error, failed }: SqsAnswer): string {
  const parts = [
    `${status}`, error ?? '', failed.length === 0 ? '' : `${failed.length} of ${entries.length} entries failed`,
    attempt > 1 ? `attempt ${attempt}` : '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/** A protocol of the newer SDKs, which no client uses for SQS without being told to. */
function isOtherProtocol(target: string): boolean {
  return target.includes('/service/AmazonSQS/operation/')
}

function unread(what: string): Fact {
  return { type: 'unknown', detail: `${what} that can't be read`, mayChangeState: true }
}
