/**
 * Reads one direction of an HTTP/1.1 connection with http-parser-js and says where in each chunk a message ends.
 *
 * The parser gets a copy and never the bytes that are forwarded. It decides what a message is; this file cuts the
 * chunk into stretches, so that pipelined messages come apart. It pairs no requests with responses.
 */
import { HTTPParser, type HeadInfo } from 'http-parser-js'
import { WireError } from '../../lib/errors.ts'

export interface Head {
  /** Of a request. */
  readonly method: string
  readonly target: string
  /** Of a response, else 0. */
  readonly status: number
  /** Lower-case names; of several values the first. */
  readonly headers: ReadonlyMap<string, string>
}

/** Bytes of one message as they came in one chunk. */
export interface Stretch {
  readonly bytes: Buffer
  /** The head, where it became whole in these bytes. */
  readonly head: Head | undefined
  readonly body: readonly Buffer[]
  /** The message ends with these bytes. */
  readonly isEnd: boolean
}

/** What follows a head: a body as the head says, none whatever it says, or no HTTP any more. */
export type Following = 'body' | 'none' | 'tunnel'

/** The parser counts a chunk that ends between two messages as head and allows 80 KiB of that: it gets less at once. */
const PARSED_BYTES_MAX = 16 * 1024

export class MessageReader {
  readonly #parser: HTTPParser
  readonly #following: (head: Head) => Following
  #head: Head | undefined
  #body: Buffer[] = []
  #isTunnel = false
  #ends: Omit<Stretch & { readonly at: number }, 'bytes'>[] = []

  constructor(type: 'REQUEST' | 'RESPONSE', following: (head: Head) => Following) {
    this.#following = following
    this.#parser = new HTTPParser(HTTPParser[type])
    this.#parser[HTTPParser.kOnHeadersComplete] = (info) => this.#onHead(info)
    this.#parser[HTTPParser.kOnBody] = (chunk, start, length) => {
      this.#body.push(chunk.subarray(start, start + length))
    }
    this.#parser[HTTPParser.kOnMessageComplete] = () => this.#onEnd()
  }

  /** What comes after the last stretch is no HTTP. */
  get isTunnel(): boolean {
    return this.#isTunnel
  }

  /** Stretches, joined, are the bytes, but for those that come after the beginning of a tunnel. */
  read(bytes: Buffer): Stretch[] {
    const stretches: Stretch[] = []
    let at = 0
    while (at < bytes.length && !this.#isTunnel) {
      const chunk = bytes.subarray(at, at + PARSED_BYTES_MAX)
      this.#ends = []
      const consumed = this.#parser.execute(Buffer.from(chunk))
      if (typeof consumed !== 'number') throw new WireError('http', consumed.message, chunk)
      if (consumed === 0) throw new WireError('http', 'the parser does not go on', chunk)
      stretches.push(...this.#cut(chunk.subarray(0, consumed)))
      at += consumed
    }
    return stretches
  }

  /** The peer sends no more: whether that ends a message whose body had no other end. */
  finish(): boolean {
    this.#ends = []
    const error = this.#parser.finish()
    return error === undefined && this.#ends.length > 0
  }

  #cut(chunk: Buffer): Stretch[] {
    let from = 0
    const stretches = this.#ends.map(({ at, head, body, isEnd }) => {
      const bytes = chunk.subarray(from, at)
      from = at
      return { bytes, head, body, isEnd }
    })
    if (from < chunk.length) stretches.push({ bytes: chunk.subarray(from), ...this.#takeParts(), isEnd: false })
    return stretches
  }

  #takeParts(): { readonly head: Head | undefined; readonly body: readonly Buffer[] } {
    const parts = { head: this.#head, body: this.#body }
    this.#head = undefined
    this.#body = []
    return parts
  }

  #onEnd(): void {
    this.#ends.push({ at: this.#parser.offset, ...this.#takeParts(), isEnd: true })
  }

  #onHead(info: HeadInfo): boolean | 2 {
    const head = headOf(info)
    this.#head = head
    const following = this.#following(head)
    // The parser takes a chunked body for bodiless when the request offers an upgrade (Java's client does: h2c).
    const isChunked = head.headers.get('transfer-encoding')?.toLowerCase() === 'chunked'
    if (isChunked && head.method !== 'CONNECT') this.#parser.isChunked = true
    if (following === 'tunnel') {
      this.#isTunnel = true
      return 2
    }
    return following === 'none'
  }
}

function headOf(info: HeadInfo): Head {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < info.headers.length; at += 2) {
    const name = info.headers[at]?.toLowerCase() ?? ''
    if (!headers.has(name)) headers.set(name, info.headers[at + 1] ?? '')
  }
  const method = info.method === undefined ? undefined : HTTPParser.methods[info.method]
  return { method: method ?? '', target: info.url ?? '', status: info.statusCode ?? 0, headers }
}
