/**
 * Frames by their framing alone, for `--exhaustive`: where a stream may be cut, without any notion of operations.
 *
 * Each protocol brings its own (`raw-framing.ts` in its folder), which shares no rule with the decoder beside it.
 * Frames of one direction, joined, are the stream but for a last one that is not whole. What breaks its own framing,
 * what is encrypted, and every protocol that brings none passes chunk by chunk, as it came from the network.
 */
import type { RawDirection, RawFraming, WireProtocol } from '../model/wire.ts'
import { ByteQueue } from './byte-queue.ts'

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

export function openRawSplitter({ rawFraming }: Pick<WireProtocol, 'rawFraming'>): RawSplitter {
  return rawFraming === undefined ? chunks : new FramedSplitter(rawFraming())
}

const chunks: RawSplitter = { split: (_, bytes) => (bytes.length === 0 ? [] : [chunk(bytes)]) }

function chunk(bytes: Buffer): RawFrame {
  return { bytes, label: 'chunk', keepsAlive: false }
}

class FramedSplitter implements RawSplitter {
  readonly #streams = { request: new ByteQueue(), reply: new ByteQueue() }
  readonly #framing: RawFraming
  #isLost = false

  constructor(framing: RawFraming) {
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
