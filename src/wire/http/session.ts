/**
 * Decodes one HTTP/1.1 connection: an operation is a request and its response, in order (RFC 9112, section 9.3).
 *
 * A request comes out when it is whole, since its body carries the values that name its message, or with the first
 * 64 KiB of its body. Clients of HTTP/1.1 wait for no answer inside a body, except with `Expect: 100-continue`: then
 * it comes out with its head, and its body names nothing. After a switch of protocols everything passes, unknown.
 */
import { WireError } from '../../lib/errors.ts'
import type { OperationEnd, OperationStart, Outcome, Unit, WireSession } from '../../model/wire.ts'
import { textOfOpaque } from '../opaque-text.ts'
import { MessageReader, type Following, type Head, type Stretch } from './message-reader.ts'
import { stablePath, withoutOrigin } from './stable-path.ts'

const BODY_BYTES_MAX = 64 * 1024
const TLS_HANDSHAKE = 0x16
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A request on its way in. */
interface Incoming {
  readonly op: number
  readonly head: Head
  readonly held: Buffer[]
  readonly body: Buffer[]
  bodyBytes: number
  isOut: boolean
}

export class HttpSession implements WireSession {
  readonly #requests = new MessageReader('REQUEST', () => 'body')
  readonly #responses = new MessageReader('RESPONSE', (head) => this.#following(head))
  /** Bytes of a request whose head is not whole. */
  #headBytes: Buffer[] = []
  #incoming: Incoming | undefined
  #operations = 0
  /** Methods of requests whose final response has not begun; read ahead of `#unanswered` by the parser. */
  readonly #methods: string[] = []
  /** Operations whose response is not over. */
  readonly #unanswered: number[] = []
  #status = 0
  #isFirst = true
  readonly #told = new Set<'request' | 'reply'>()

  request(bytes: Buffer): Unit[] {
    if (bytes.length === 0) return []
    if (this.#isFirst && bytes[0] === TLS_HANDSHAKE) throw new WireError('http', 'the client speaks TLS', bytes)
    this.#isFirst = false
    if (this.#responses.isTunnel) return [this.#tunnelled('request', bytes)]
    return this.#requests.read(bytes).flatMap((stretch) => this.#requestStretch(stretch))
  }

  reply(bytes: Buffer): Unit[] {
    if (bytes.length === 0) return []
    if (this.#responses.isTunnel) return [this.#tunnelled('reply', bytes)]
    const stretches = this.#responses.read(bytes)
    const units = stretches.map((stretch) => this.#responseStretch(stretch))
    const read = stretches.reduce((sum, stretch) => sum + stretch.bytes.length, 0)
    return read === bytes.length ? units : [...units, this.#tunnelled('reply', bytes.subarray(read))]
  }

  close(): Unit[] {
    const units: Unit[] = []
    const op = this.#unanswered[0]
    // A response without a length ends with its connection (RFC 9112, section 6.3).
    if (this.#responses.finish() && op !== undefined) {
      units.push({ bytes: Buffer.alloc(0), op, ends: [this.#end(op)] })
    }
    const held = this.#incoming?.isOut === false ? this.#incoming.held : []
    const bytes = Buffer.concat([...this.#headBytes, ...held])
    this.#headBytes = []
    this.#incoming = undefined
    if (bytes.length > 0) {
      const detail = 'the connection ended inside a request that was not forwarded'
      units.push({ bytes, facts: [{ type: 'unknown', detail, mayChangeState: false }] })
    }
    return units
  }

  #requestStretch(stretch: Stretch): Unit[] {
    const units = this.#incoming === undefined ? this.#begin(stretch) : this.#goOn(this.#incoming, stretch)
    if (stretch.isEnd) this.#incoming = undefined
    return units
  }

  #begin(stretch: Stretch): Unit[] {
    this.#headBytes.push(stretch.bytes)
    const { head } = stretch
    if (head === undefined) return []
    this.#operations += 1
    this.#methods.push(head.method)
    this.#unanswered.push(this.#operations)
    const incoming: Incoming = {
      op: this.#operations, head, held: this.#headBytes, body: [], bodyBytes: 0, isOut: false,
    }
    this.#headBytes = []
    this.#incoming = incoming
    return gathered(incoming, stretch)
  }

  #goOn(incoming: Incoming, stretch: Stretch): Unit[] {
    if (incoming.isOut) return [{ bytes: stretch.bytes, op: incoming.op }]
    incoming.held.push(stretch.bytes)
    return gathered(incoming, stretch)
  }

  #responseStretch({ bytes, head, isEnd }: Stretch): Unit {
    if (head !== undefined) this.#status = head.status
    const op = this.#unanswered[0]
    if (op === undefined) return { bytes, ...(isEnd ? { facts: [unasked] } : {}) }
    if (!isEnd || isInterim(this.#status)) return { bytes, op }
    this.#unanswered.shift()
    return { bytes, op, ends: [this.#end(op)] }
  }

  #end(op: number): OperationEnd {
    return { op, outcome: outcomeOf(this.#status), detail: `${this.#status}` }
  }

  /** Asked by the parser at each response's head: only the request says whether a body can follow (RFC 9112, 6.3). */
  #following({ status }: Head): Following {
    if (isInterim(status)) return 'none'
    return followingOf(this.#methods.shift(), status)
  }

  #tunnelled(direction: 'request' | 'reply', bytes: Buffer): Unit {
    if (this.#told.has(direction)) return { bytes }
    this.#told.add(direction)
    const detail = `${direction} of an upgraded connection`
    return { bytes, facts: [{ type: 'unknown', detail, mayChangeState: true }] }
  }
}

const unasked = { type: 'unknown', detail: 'a response that nothing asked for', mayChangeState: false } as const

export function followingOf(method: string | undefined, status: number): Following {
  if (status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)) return 'tunnel'
  return method === 'HEAD' || status === 204 || status === 304 ? 'none' : 'body'
}

/** 100 and 103 come before the response; 101 is one. */
export function isInterim(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101
}

/** A server error says nothing about what was done before it. */
export function outcomeOf(status: number): Outcome {
  if (status >= 500) return 'indeterminate'
  return status >= 400 ? 'failed' : 'ok'
}

/** The request, once it need not wait any more. */
function gathered(incoming: Incoming, { body, isEnd }: Stretch): Unit[] {
  const waits = bodyNamesIt(incoming.head)
  if (waits) incoming.body.push(...body)
  incoming.bodyBytes += body.reduce((sum, part) => sum + part.length, 0)
  if (waits && !isEnd && incoming.bodyBytes < BODY_BYTES_MAX) return []
  incoming.isOut = true
  return [started(incoming)]
}

/** What can't be waited for must not name it either: the name would depend on how the network cut the bytes. */
function bodyNamesIt({ headers, method }: Head): boolean {
  return headers.get('expect')?.toLowerCase() !== '100-continue' && method !== 'CONNECT'
}

function started({ op, head, held, body }: Incoming): Unit {
  const text = textOfOpaque(Buffer.concat(body).subarray(0, BODY_BYTES_MAX))
  const values = [text, head.headers.get('idempotency-key') ?? '', withoutOrigin(head.target)]
  const starts: OperationStart = {
    op, kind: head.method, text: stablePath(head.target), reads: READS.has(head.method), oneWay: false,
    values: values.filter((value) => value !== ''),
  }
  return { bytes: Buffer.concat(held), op, starts }
}
