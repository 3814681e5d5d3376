/**
 * Reads the primitive types of Kafka's protocol off a buffer; refuses to read past its end.
 *
 *   INT8 INT16 INT32 INT64 UINT16 UINT32 FLOAT64: big-endian | UNSIGNED_VARINT: seven bits per byte, low ones first |
 *   VARINT, VARLONG: the same of a zigzag number | UUID: 16 bytes
 *
 * Source: "Protocol Primitive Types" of Kafka's protocol guide. What is a string or an array is `body.ts`'s to know.
 */
import { WireError } from '../../lib/errors.ts'

const VARINT_BYTES_MAX = 5
const VARLONG_BYTES_MAX = 10

export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  get at(): number {
    return this.#at
  }

  int8(): number {
    return this.#bytes.readInt8(this.#move(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#move(2))
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#move(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#move(4))
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#move(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#move(8))
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#move(8))
  }

  unsignedVarint(): number {
    return Number(BigInt.asUintN(32, this.#varlong(VARINT_BYTES_MAX)))
  }

  varint(): number {
    const value = this.unsignedVarint()
    return (value >>> 1) ^ -(value & 1)
  }

  varlong(): bigint {
    const value = this.#varlong(VARLONG_BYTES_MAX)
    return (value >> 1n) ^ -(value & 1n)
  }

  uuid(): string {
    return this.take(16).toString('base64url')
  }

  take(count: number): Buffer {
    const from = this.#move(count)
    return this.#bytes.subarray(from, from + count)
  }

  failed(what: string): WireError {
    return new WireError('kafka', what, this.#bytes.subarray(Math.max(0, this.#at - 32)))
  }

  #varlong(bytesMax: number): bigint {
    let value = 0n
    for (let count = 0; count < bytesMax; count += 1) {
      const byte = this.#bytes.readUInt8(this.#move(1))
      value |= BigInt(byte & 0x7f) << BigInt(7 * count)
      if (byte < 0x80) return value
    }
    throw this.failed('a number of variable length has no end')
  }

  #move(count: number): number {
    const from = this.#at
    if (count < 0 || count > this.left) throw this.failed(`${count} bytes are to be read and ${this.left} are left`)
    this.#at += count
    return from
  }
}
