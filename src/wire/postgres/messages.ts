/**
 * Messages of the Postgres protocol v3: cut out of a stream, read, and the few that the harness sends itself.
 *
 * Source: "Frontend/Backend Protocol", section "Message Formats", of the PostgreSQL documentation. It knows layouts
 * only: which message answers which, and what a statement does, are decided elsewhere. A body that is too short for
 * its layout is a WireError; bodies that nobody needs to understand are never looked into.
 */
import { WireError } from '../../lib/errors.ts'
import type { ByteQueue } from '../byte-queue.ts'

// A message:      | kind: Byte1 | length: Int32, counts itself but not the kind | body |
// The very first message of a client has no kind: | length: Int32 | code: Int32 | body |
const KIND_BYTES = 1
const LENGTH_BYTES = 4
const STARTUP_MIN_BYTES = 8
/** The server's own bound (MAX_STARTUP_PACKET_LENGTH). */
const STARTUP_MAX_BYTES = 10_000
/** The server's own bound (MaxAllocSize): a longer one is no message, and waiting for it would never end. */
const MESSAGE_MAX_BYTES = 0x3fffffff

export interface PostgresMessage {
  /** One character; empty for the first message of a client. */
  readonly kind: string
  readonly bytes: Buffer
  readonly body: Buffer
}

/** Takes the next whole message; undefined while it is not all there. */
export function takeMessage(stream: ByteQueue): PostgresMessage | undefined {
  if (stream.length < KIND_BYTES + LENGTH_BYTES) return undefined
  const length = stream.peekInt32(KIND_BYTES)
  if (length < LENGTH_BYTES || length > MESSAGE_MAX_BYTES) {
    throw new WireError('postgres', `a message claims a length of ${length}`, stream.peek(KIND_BYTES + LENGTH_BYTES))
  }
  if (stream.length < KIND_BYTES + length) return undefined
  const bytes = stream.take(KIND_BYTES + length)
  return { kind: String.fromCharCode(bytes.readUInt8(0)), bytes, body: bytes.subarray(KIND_BYTES + LENGTH_BYTES) }
}

/** Takes a message without kind. Its body starts with the code that says what it is. */
export function takeStartup(stream: ByteQueue): PostgresMessage | undefined {
  if (stream.length < LENGTH_BYTES) return undefined
  const length = stream.peekInt32(0)
  if (length < STARTUP_MIN_BYTES || length > STARTUP_MAX_BYTES) {
    throw new WireError('postgres', `a startup packet claims a length of ${length}`, stream.peek(LENGTH_BYTES))
  }
  if (stream.length < length) return undefined
  const bytes = stream.take(length)
  return { kind: '', bytes, body: bytes.subarray(LENGTH_BYTES) }
}

/** The rest of a reply that is no whole message. */
export function restBehind(messages: readonly PostgresMessage[], bytes: Buffer): Buffer {
  return bytes.subarray(messages.reduce((sum, message) => sum + message.bytes.length, 0))
}

/** All whole messages of a reply; a rest that is no whole message is dropped. */
export function splitMessages(bytes: Buffer): PostgresMessage[] {
  const messages: PostgresMessage[] = []
  let at = 0
  while (bytes.length - at >= KIND_BYTES + LENGTH_BYTES) {
    const length = bytes.readInt32BE(at + KIND_BYTES)
    if (length < LENGTH_BYTES || length > MESSAGE_MAX_BYTES) {
      throw new WireError('postgres', `a message claims a length of ${length}`, bytes.subarray(at))
    }
    const end = at + KIND_BYTES + length
    if (end > bytes.length) break
    const whole = bytes.subarray(at, end)
    const body = whole.subarray(KIND_BYTES + LENGTH_BYTES)
    messages.push({ kind: String.fromCharCode(whole.readUInt8(0)), bytes: whole, body })
    at = end
  }
  return messages
}

/** Reads a body from front to back. */
export class BodyReader {
  readonly #message: PostgresMessage
  #at = 0

  constructor(message: PostgresMessage) {
    this.#message = message
  }

  string(): string {
    const end = this.#message.body.indexOf(0, this.#at)
    if (end === -1) throw this.#short()
    const text = this.#message.body.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  letter(): string {
    return String.fromCharCode(this.bytes(1).readUInt8(0))
  }

  int16(): number {
    return this.bytes(2).readInt16BE(0)
  }

  int32(): number {
    return this.bytes(4).readInt32BE(0)
  }

  bytes(count: number): Buffer {
    const end = this.#at + count
    if (count < 0 || end > this.#message.body.length) throw this.#short()
    const read = this.#message.body.subarray(this.#at, end)
    this.#at = end
    return read
  }

  rest(): Buffer {
    return this.#message.body.subarray(this.#at)
  }

  #short(): WireError {
    const { kind, bytes } = this.#message
    return new WireError('postgres', `the body of a message '${kind}' is too short`, bytes)
  }
}

export interface Bind {
  readonly portal: string
  readonly statement: string
  /** Undefined is SQL's null. */
  readonly parameters: readonly { readonly binary: boolean; readonly bytes: Buffer | undefined }[]
}

// Bind: | portal: String | statement: String | Int16 n, n x Int16 format | Int16 n, n x (Int32 length or -1, bytes) |
//       | Int16 n, n x Int16 result format |. No format: all text; one: for all; else one for each.
export function decodeBind(message: PostgresMessage): Bind {
  const reader = new BodyReader(message)
  const portal = reader.string()
  const statement = reader.string()
  const formats = Array.from({ length: Math.max(0, reader.int16()) }, () => reader.int16())
  const count = Math.max(0, reader.int16())
  const parameters = Array.from({ length: count }, (_, index) => {
    const length = reader.int32()
    const format = (formats.length === 1 ? formats[0] : formats[index]) ?? 0
    return { binary: format === 1, bytes: length === -1 ? undefined : reader.bytes(length) }
  })
  return { portal, statement, parameters }
}

// ErrorResponse: fields | code: Byte1 | value: String |, ended by a zero byte. C is the SQLSTATE, V the severity in
// English (S is translated; servers before 9.6 send S only).
export function decodeError(message: PostgresMessage): { readonly sqlstate: string; readonly severity: string } {
  const reader = new BodyReader(message)
  const fields = new Map<string, string>()
  for (let code = reader.letter(); code !== '\0'; code = reader.letter()) fields.set(code, reader.string())
  return { sqlstate: fields.get('C') ?? 'XX000', severity: fields.get('V') ?? fields.get('S') ?? 'ERROR' }
}

/** Fields by their codes, in order; as `decodeError` reads them. */
export function encodeError(fields: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(fields).map(([code, value]) => `${code}${value}\0`).join('')
  return encodeMessage('E', Buffer.from(`${text}\0`))
}

export function encodeMessage(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(KIND_BYTES + LENGTH_BYTES)
  head.write(kind, 0, 'latin1')
  head.writeInt32BE(LENGTH_BYTES + body.length, KIND_BYTES)
  return Buffer.concat([head, body])
}

export function encodeQuery(sql: string): Buffer {
  return encodeMessage('Q', Buffer.from(`${sql}\0`))
}

/** Parse without parameter types. */
export function encodeParse(name: string, sql: string): Buffer {
  return encodeMessage('P', Buffer.from(`${name}\0${sql}\0\0\0`))
}

export function encodeSync(): Buffer {
  return encodeMessage('S', Buffer.alloc(0))
}
