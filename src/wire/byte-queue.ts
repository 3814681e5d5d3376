/**
 * A growing byte stream: chunks come in as the network cut them, whole frames are taken off the front.
 *
 * Chunks are joined at most once per growth, not once per byte: bytes wait in a list of chunks and are made one
 * buffer when somebody looks. What `peek` returns is a view that is valid until the next `push`; what `take` returns
 * belongs to the caller.
 * It knows no protocol, and asking for bytes that are not there is a bug of the decoder that asks.
 */
import { assert } from '../lib/assert.ts'

export class ByteQueue {
  #head: Buffer = Buffer.alloc(0)
  #tail: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.#length === 0) this.#head = chunk
    else this.#tail.push(chunk)
    this.#length += chunk.length
  }

  peekUInt8(at: number): number {
    return this.#front(at + 1).readUInt8(at)
  }

  peekUInt16(at: number): number {
    return this.#front(at + 2).readUInt16BE(at)
  }

  peekInt32(at: number): number {
    return this.#front(at + 4).readInt32BE(at)
  }

  peekUInt32(at: number): number {
    return this.#front(at + 4).readUInt32BE(at)
  }

  /** The first `count` bytes, left in place. */
  peek(count: number): Buffer {
    return this.#front(count).subarray(0, count)
  }

  /** The first `count` bytes, removed. */
  take(count: number): Buffer {
    const taken = this.#front(count).subarray(0, count)
    this.#head = this.#head.subarray(count)
    this.#length -= count
    if (this.#head.length === 0) this.#head = this.#tail.shift() ?? Buffer.alloc(0)
    return taken
  }

  /** A buffer that holds at least `count` bytes from the front. */
  #front(count: number): Buffer {
    assert(count <= this.#length, `a byte queue of ${this.#length} bytes was asked for ${count}`)
    if (this.#head.length < count) {
      this.#head = Buffer.concat([this.#head, ...this.#tail])
      this.#tail = []
    }
    return this.#head
  }
}
