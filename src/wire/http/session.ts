/**
 * Decodes one HTTP/1.1 connection: an operation is a request and its response, in order (RFC 9112, section 9.3).
 *
 * A request comes out when it is whole, since its body carries the values that name its message, or with the first
 * bytes of its body, as many as its dialect wants. Clients of HTTP/1.1 wait for no answer inside a body, except with
 * `Expect: 100-continue`: then it comes out with its head, and its body names nothing. A response comes out as it
 * arrives, unless the dialect reads its body: then whole. After a switch of protocols everything passes, unknown.
 */
import { WireError } from '../../lib/errors.ts'
import type { Unit, WireSession } from '../../model/wire.ts'
import type { Answered, HttpDialect } from './dialect.ts'
import { MessageReader, type Following, type Head, type Stretch } from './message-reader.ts'
import { plainDialect } from './plain-dialect.ts'

const TLS_HANDSHAKE = 0x16

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
  readonly #dialect: HttpDialect
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
  #response: Head | undefined
  /** Stretches of a response that the dialect reads. */
  #withheld: Stretch[] = []
  #isFirst = true
  readonly #told = new Set<'request' | 'reply'>()

  constructor(dialect: HttpDialect = plainDialect) {
    this.#dialect = dialect
  }

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
    const units = stretches.flatMap((stretch) => this.#responseStretch(stretch))
    const read = stretches.reduce((sum, stretch) => sum + stretch.bytes.length, 0)
    return read === bytes.length ? units : [...units, this.#tunnelled('reply', bytes.subarray(read))]
  }

  close(): Unit[] {
    const units: Unit[] = []
    const op = this.#unanswered[0]
    // A response without a length ends with its connection (RFC 9112, section 6.3).
    if (this.#responses.finish() && op !== undefined && this.#response !== undefined) {
      units.push({ bytes: Buffer.alloc(0), op, ...this.#over({ op, head: this.#response, body: undefined }) })
    }
    const reply = Buffer.concat(this.#withheld.map((stretch) => stretch.bytes))
    this.#withheld = []
    const held = this.#incoming?.isOut === false ? this.#incoming.held : []
    const request = Buffer.concat([...this.#headBytes, ...held])
    this.#headBytes = []
    this.#incoming = undefined
    return [...units, ...unfinished('request', request), ...unfinished('response', reply)]
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
    return this.#gathered(incoming, stretch)
  }

  #goOn(incoming: Incoming, stretch: Stretch): Unit[] {
    if (incoming.isOut) return [{ bytes: stretch.bytes, op: incoming.op }]
    incoming.held.push(stretch.bytes)
    return this.#gathered(incoming, stretch)
  }

  /** The request, once it need not wait any more. */
  #gathered(incoming: Incoming, { body, isEnd }: Stretch): Unit[] {
    const { op, head } = incoming
    const waits = bodyNamesIt(head)
    if (waits) incoming.body.push(...body)
    incoming.bodyBytes += body.reduce((sum, part) => sum + part.length, 0)
    if (waits && !isEnd && incoming.bodyBytes < this.#dialect.bodyBytesMax) return []
    incoming.isOut = true
    const known = Buffer.concat(incoming.body).subarray(0, this.#dialect.bodyBytesMax)
    const isWhole = waits && isEnd && incoming.bodyBytes <= this.#dialect.bodyBytesMax
    return [{ bytes: Buffer.concat(incoming.held), op, ...this.#dialect.ask({ op, head, body: known, isWhole }) }]
  }

  #responseStretch(stretch: Stretch): Unit[] {
    const response = stretch.head ?? this.#response
    this.#response = stretch.isEnd ? undefined : response
    const op = this.#unanswered[0]
    if (op === undefined) return [{ bytes: stretch.bytes, ...(stretch.isEnd ? { facts: [unasked] } : {}) }]
    if (response === undefined || !stretch.isEnd) return this.#pass(stretch, op)
    if (isInterim(response.status)) return this.#withheldWith(stretch, op, {})
    this.#unanswered.shift()
    const body = this.#dialect.readsResponses && isFramed(response)
      ? Buffer.concat([...this.#withheld, stretch].flatMap((one) => one.body)) : undefined
    return this.#withheldWith(stretch, op, this.#over({ op, head: response, body }))
  }

  #pass(stretch: Stretch, op: number): Unit[] {
    const isLate = this.#response !== undefined && !isFramed(this.#response)
    if (!this.#dialect.readsResponses || isLate) return this.#withheldWith(stretch, op, {})
    this.#withheld.push(stretch)
    return []
  }

  /** What was withheld and this, as one. */
  #withheldWith(stretch: Stretch, op: number, more: Pick<Unit, 'ends' | 'facts'>): Unit[] {
    const bytes = Buffer.concat([...this.#withheld, stretch].map((one) => one.bytes))
    this.#withheld = []
    return [{ bytes, op, ...more }]
  }

  #over(answered: Answered): Pick<Unit, 'ends' | 'facts'> {
    const { end, facts } = this.#dialect.answer(answered)
    return { ends: [end], ...(facts === undefined || facts.length === 0 ? {} : { facts }) }
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

/** What can't be waited for must not name it either: the name would depend on how the network cut the bytes. */
function bodyNamesIt({ headers, method }: Head): boolean {
  return headers.get('expect')?.toLowerCase() !== '100-continue' && method !== 'CONNECT'
}

/** Its head says where it ends, so that it can be waited for. */
function isFramed({ status, headers }: Head): boolean {
  return headers.has('content-length') || headers.has('transfer-encoding') || status === 204 || status === 304
}

function unfinished(what: 'request' | 'response', bytes: Buffer): Unit[] {
  if (bytes.length === 0) return []
  const detail = `the connection ended inside a ${what} that was not forwarded`
  return [{ bytes, facts: [{ type: 'unknown', detail, mayChangeState: false }] }]
}
