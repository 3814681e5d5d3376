/**
 * The two questions by which a starting broker is known to answer, and what it says of itself: ApiVersions version 3
 * (its features; since Kafka 2.4) and Metadata version 1 (who is in the cluster, by the addresses that this listener
 * advertises). Bytes only, and no more than these two: links are read by the tables made of Kafka's own definitions.
 *
 * Layouts: ApiVersionsRequest.json, ApiVersionsResponse.json, MetadataRequest.json and MetadataResponse.json of
 * kafka-clients. A reply to ApiVersions never has the header with tagged fields, whatever its version.
 */
import { WireError } from '../../lib/errors.ts'

const CLIENT = 'onceproof'
const UNSUPPORTED_VERSION = 35
const FINALIZED_FEATURES = 2

/** With its length in front; `id` comes back as the first four bytes of the reply. */
export function apiVersionsRequest(id: number): Buffer {
  return framed([int16(18), int16(3), int32(id), text(CLIENT), NO_TAGS, compact(CLIENT), compact('1'), NO_TAGS])
}

/** Asks for the brokers alone, no topics. */
export function metadataRequest(id: number): Buffer {
  return framed([int16(3), int16(1), int32(id), text(CLIENT), int32(0)])
}

/** Levels of finalized features by name; none where the broker is too old to say. */
export function decodeFeatures(reply: Buffer): ReadonlyMap<string, number> {
  return decoded(reply, (cursor) => {
    cursor.skip(4)
    const error = cursor.int16()
    if (error === UNSUPPORTED_VERSION) return new Map<string, number>()
    if (error !== 0) throw new WireError('kafka', `ApiVersions ended with error ${error}`, reply)
    for (let left = cursor.varint() - 1; left > 0; left -= 1) {
      cursor.skip(6)
      cursor.skipTags()
    }
    cursor.skip(4)
    const features = new Map<string, number>()
    for (let left = cursor.varint(); left > 0; left -= 1) {
      const tag = cursor.varint()
      const size = cursor.varint()
      if (tag === FINALIZED_FEATURES) readFeatures(cursor, features)
      else cursor.skip(size)
    }
    return features
  })
}

function readFeatures(cursor: Cursor, features: Map<string, number>): void {
  for (let left = cursor.varint() - 1; left > 0; left -= 1) {
    const name = cursor.text(cursor.varint() - 1)
    features.set(name, cursor.int16())
    cursor.skip(2)
    cursor.skipTags()
  }
}

export interface AdvertisedBroker {
  readonly node: number
  readonly host: string
  readonly port: number
}

/** Brokers that are ready for clients; none while the only one is still fenced. */
export function decodeBrokers(reply: Buffer): readonly AdvertisedBroker[] {
  return decoded(reply, (cursor) => {
    cursor.skip(4)
    return Array.from({ length: cursor.int32() }, () => {
      const node = cursor.int32()
      const host = cursor.text(cursor.int16())
      const port = cursor.int32()
      cursor.text(cursor.int16())
      return { node, host, port }
    })
  })
}

function decoded<T>(reply: Buffer, read: (cursor: Cursor) => T): T {
  try {
    return read(new Cursor(reply))
  } catch (error) {
    if (error instanceof RangeError) throw new WireError('kafka', 'a reply that ends too early', reply)
    throw error
  }
}

class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(count: number): void {
    this.#at += count
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at)
      this.#at += 1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a varint of more than five bytes')
  }

  /** Length -1 is null, read as empty. */
  text(length: number): string {
    const start = this.#at
    this.#at += Math.max(length, 0)
    return this.#bytes.toString('utf8', start, this.#at)
  }

  skipTags(): void {
    for (let left = this.varint(); left > 0; left -= 1) {
      this.varint()
      this.skip(this.varint())
    }
  }
}

const NO_TAGS = Buffer.from([0])

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function text(value: string): Buffer {
  return Buffer.concat([int16(value.length), Buffer.from(value)])
}

/** Shorter than 127 bytes. */
function compact(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)])
}

function framed(parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([int32(body.length), body])
}
