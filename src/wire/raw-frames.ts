/**
 * Frames by their framing alone, for `--exhaustive`: where a stream may be cut, without any notion of operations.
 *
 * The named points are held against every boundary that this finds, so it shares no rule with the decoders beside it:
 * it knows where a frame ends and what its first bytes call it, never what it means or what answers it.
 * Frames of one direction, joined, are the stream but for a last one that is not whole. What breaks its own framing,
 * what is encrypted, and every protocol without an entry here passes chunk by chunk, as it came from the network.
 */
import { ByteQueue } from './byte-queue.ts'

export type RawDirection = 'request' | 'reply'

export interface RawFrame {
  readonly bytes: Buffer
  /** What its first bytes call it: equal on every run. */
  readonly label: string
  /** Sent by a timer, so it is not counted. */
  readonly keepsAlive: boolean
}

/** The frames of one connection; takes any slice of either direction. */
export interface RawSplitter {
  split(direction: RawDirection, bytes: Buffer): RawFrame[]
}

/** `wire` is a protocol's name. */
export function openRawSplitter(wire: string): RawSplitter {
  const framing = framings[wire]
  return framing === undefined ? chunks : new FramedSplitter(framing())
}

/** How long the frame at the front is and what it is called; undefined while it is not all there. */
interface Head {
  readonly length: number
  readonly label: string
  readonly keepsAlive?: boolean
  /** Both directions are chunks from here on, this frame included. */
  readonly isLost?: boolean
}

type Framing = (direction: RawDirection, stream: ByteQueue) => Head | undefined

const chunks: RawSplitter = { split: (_, bytes) => (bytes.length === 0 ? [] : [chunk(bytes)]) }

const lost: Head = { length: 0, label: 'chunk', isLost: true }

function chunk(bytes: Buffer): RawFrame {
  return { bytes, label: 'chunk', keepsAlive: false }
}

class FramedSplitter implements RawSplitter {
  readonly #streams = { request: new ByteQueue(), reply: new ByteQueue() }
  readonly #framing: Framing
  #isLost = false

  constructor(framing: Framing) {
    this.#framing = framing
  }

  split(direction: RawDirection, bytes: Buffer): RawFrame[] {
    const stream = this.#streams[direction]
    stream.push(bytes)
    const frames: RawFrame[] = []
    while (!this.#isLost && stream.length > 0) {
      const head = this.#framing(direction, stream)
      if (head === undefined) return frames
      this.#isLost = head.isLost === true
      if (this.#isLost) break
      if (stream.length < head.length) return frames
      frames.push({ bytes: stream.take(head.length), label: head.label, keepsAlive: head.keepsAlive === true })
    }
    return stream.length === 0 ? frames : [...frames, chunk(stream.take(stream.length))]
  }
}

// AMQP 0-9-1, 2.3.5: | type: octet | channel: short | size: long | payload: size octets | 0xCE |
// A method's payload begins with | class: short | method: short |. The client's first eight bytes, and those of a
// server that wants another version, are | 'AMQP' | 0 | major | minor | revision |.
const AMQP_HEAD_BYTES = 7
const AMQP_END = 0xce
const AMQP_FRAME_MAX = 128 * 1024 * 1024
const AMQP_TYPES: ReadonlyMap<number, string> = new Map([[2, 'header'], [3, 'body'], [8, 'heartbeat']])

function amqpFraming(): Framing {
  return (_, stream) => {
    if (stream.peekUInt8(0) === 'A'.charCodeAt(0)) return { length: 8, label: 'protocol header' }
    if (stream.length < AMQP_HEAD_BYTES) return undefined
    const type = stream.peekUInt8(0)
    const size = stream.peekUInt32(3)
    const length = AMQP_HEAD_BYTES + size + 1
    if (size > AMQP_FRAME_MAX) return lost
    if (stream.length < length) return undefined
    if (stream.peekUInt8(length - 1) !== AMQP_END) return lost
    if (type !== 1 || size < 4) {
      return { length, label: AMQP_TYPES.get(type) ?? `type ${type}`, keepsAlive: type === 8 }
    }
    return { length, label: `method ${stream.peekUInt16(7)}.${stream.peekUInt16(9)}` }
  }
}

// Postgres v3: | kind: Byte1 | length: Int32, counts itself but not the kind | body |. Until its StartupMessage, a
// client's packets have no kind: | length: Int32 | code: Int32 | body |; two codes ask for encryption and are answered
// by one byte, or by an ErrorResponse ('E') of a server that is too old to know them. A cancel request ends it all.
const POSTGRES_KIND = 1
const POSTGRES_LENGTH_MAX = 0x3fffffff
const ENCRYPTION_CODES: ReadonlySet<number> = new Set([80877103, 80877104])
const POSTGRES_MAJOR = 3
const TLS_HANDSHAKE = 0x16

function postgresFraming(): Framing {
  let isStarted = false
  let answersAwaited = 0
  const packet = (stream: ByteQueue): Head | undefined => {
    if (stream.peekUInt8(0) === TLS_HANDSHAKE) return lost
    if (stream.length < 8) return undefined
    const length = stream.peekInt32(0)
    if (length < 8 || length > POSTGRES_LENGTH_MAX) return lost
    if (stream.length < length) return undefined
    const code = stream.peekInt32(4)
    if (ENCRYPTION_CODES.has(code)) answersAwaited += 1
    else if (code >> 16 === POSTGRES_MAJOR) isStarted = true
    else return lost
    return { length, label: `packet ${code}` }
  }
  return (direction, stream) => {
    if (direction === 'request' && !isStarted) return packet(stream)
    const kind = String.fromCharCode(stream.peekUInt8(0))
    if (direction === 'reply' && answersAwaited > 0 && kind !== 'E') {
      answersAwaited -= 1
      return kind === 'N' ? { length: 1, label: 'answer N' } : lost
    }
    if (stream.length < POSTGRES_KIND + 4) return undefined
    const length = stream.peekInt32(POSTGRES_KIND)
    if (length < 4 || length > POSTGRES_LENGTH_MAX) return lost
    return stream.length < POSTGRES_KIND + length ? undefined : { length: POSTGRES_KIND + length, label: kind }
  }
}

const framings: Readonly<Record<string, () => Framing>> = { amqp: amqpFraming, postgres: postgresFraming }
