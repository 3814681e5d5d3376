/**
 * Writes the primitive types of Kafka's protocol: the other half of `byte-reader.ts`.
 *
 * It checks no ranges: what does not fit its type is a bug of the caller, and Buffer throws.
 */

export class ByteWriter {
  readonly #chunks: Buffer[] = []

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  int8(value: number): void {
    this.#add(1).writeInt8(value)
  }

  int16(value: number): void {
    this.#add(2).writeInt16BE(value)
  }

  uint16(value: number): void {
    this.#add(2).writeUInt16BE(value)
  }

  int32(value: number): void {
    this.#add(4).writeInt32BE(value)
  }

  uint32(value: number): void {
    this.#add(4).writeUInt32BE(value)
  }

  int64(value: bigint): void {
    this.#add(8).writeBigInt64BE(value)
  }

  float64(value: number): void {
    this.#add(8).writeDoubleBE(value)
  }

  unsignedVarint(value: number): void {
    this.#varlong(BigInt(value))
  }

  varint(value: number): void {
    this.varlong(BigInt(value))
  }

  varlong(value: bigint): void {
    this.#varlong(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  }

  uuid(value: string): void {
    this.raw(Buffer.from(value, 'base64url'))
  }

  raw(bytes: Buffer): void {
    this.#chunks.push(bytes)
  }

  #varlong(value: bigint): void {
    let rest = value
    const bytes: number[] = []
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.raw(Buffer.from([...bytes, Number(rest)]))
  }

  #add(length: number): Buffer {
    const chunk = Buffer.alloc(length)
    this.#chunks.push(chunk)
    return chunk
  }
}
