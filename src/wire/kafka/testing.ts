/**
 * Conversations for tests of the decoder, made by the table's writer: requests, answers and batches of records.
 *
 * Checksums are left 0, nobody here looks at them. Test support only; no part of the product imports it.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Fact, Unit, WireSession } from '../../model/wire.ts'
import { ByteWriter } from './byte-writer.ts'
import { encodeRequest, encodeResponse } from './frames.ts'
import { apiNamed, type KafkaRecord } from './table.ts'
import { kafkaWire } from './wire.ts'

interface TestBatch {
  readonly baseOffset: bigint
  readonly values: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly producerId?: bigint
  readonly isTransactional?: boolean
  /** A marker instead of records. */
  readonly marker?: 'commit' | 'abort'
  readonly compression?: 'gzip' | 'snappy' | 'zstd'
}

const codecs = { gzip: 1, snappy: 2, zstd: 4 } as const

/** Keys are `k0`, `k1`... */
export function encodeBatch(batch: TestBatch): Buffer {
  const { baseOffset, values, headers = {}, producerId = -1n, isTransactional = false, marker, compression } = batch
  const marked = marker === undefined ? undefined : Buffer.from([0, 0, 0, marker === 'commit' ? 1 : 0])
  const records = marked === undefined
    ? values.map((value, index) => encodeRecord(index, Buffer.from(`k${index}`), { value, headers }))
    : [encodeRecord(0, marked, { value: '\0\0\0\0\0\0', headers: {} })]
  const plain = Buffer.concat(records)
  const attributes = (compression === undefined ? 0 : codecs[compression])
    + (isTransactional || marked !== undefined ? 0x10 : 0) + (marked === undefined ? 0 : 0x20)
  const writer = new ByteWriter()
  writer.int32(0)
  writer.int8(2)
  writer.uint32(0)
  writer.int16(attributes)
  writer.int32(records.length - 1)
  writer.int64(0n)
  writer.int64(0n)
  writer.int64(producerId)
  writer.int16(0)
  writer.int32(producerId < 0n ? -1 : 0)
  writer.int32(records.length)
  writer.raw(compress(plain, compression))
  const head = new ByteWriter()
  head.int64(baseOffset)
  head.int32(writer.bytes.length)
  return Buffer.concat([head.bytes, writer.bytes])
}

function compress(bytes: Buffer, compression: TestBatch['compression']): Buffer {
  if (compression === undefined) return bytes
  if (compression === 'snappy') return Buffer.from('not that we could read it')
  return compression === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes)
}

function encodeRecord(
  delta: number, key: Buffer, { value, headers }: { readonly value: string; readonly headers: Record<string, string> },
): Buffer {
  const writer = new ByteWriter()
  writer.int8(0)
  writer.varlong(0n)
  writer.varint(delta)
  for (const bytes of [key, Buffer.from(value)]) {
    writer.varint(bytes.length)
    writer.raw(bytes)
  }
  writer.varint(Object.keys(headers).length)
  for (const bytes of Object.entries(headers).flat().map((each) => Buffer.from(each))) {
    writer.varint(bytes.length)
    writer.raw(bytes)
  }
  const length = new ByteWriter()
  length.varint(writer.bytes.length)
  return Buffer.concat([length.bytes, writer.bytes])
}

/** A client's side and a broker's on one connection; numbers its requests. */
export class Conversation {
  readonly #session: WireSession
  #correlation = 0

  constructor(session: WireSession = kafkaWire.open()) {
    this.#session = session
  }

  ask(name: string, version: number, body: KafkaRecord): Unit {
    this.#correlation += 1
    const head = { key: apiNamed(name).key, version, correlation: this.#correlation }
    return only(this.#session.request(encodeRequest(head, 'client', body)))
  }

  /** To the newest request, unless told otherwise. */
  answer(name: string, version: number, body: KafkaRecord, correlation = this.#correlation): Unit {
    return only(this.#session.reply(encodeResponse({ key: apiNamed(name).key, version, correlation }, body)))
  }

  exchange(name: string, version: number, bodies: { readonly asks: KafkaRecord; readonly says: KafkaRecord }): Unit {
    this.ask(name, version, bodies.asks)
    return this.answer(name, version, bodies.says)
  }
}

function only(units: readonly Unit[]): Unit {
  const [unit] = units
  if (unit === undefined || units.length !== 1) throw new RangeError(`${units.length} units came out of one frame`)
  return unit
}

/** Facts in a word or two. */
export function spell(unit: Unit): string[] {
  return (unit.facts ?? []).map(spellFact)
}

function spellFact(fact: Fact): string {
  switch (fact.type) {
    case 'delivered': return `delivered ${fact.delivery}${fact.redelivered ? ' again' : ''} ${fact.body}`.trimEnd()
    case 'settled': return `${fact.how} ${fact.delivery}`
    case 'lease': return `${fact.held ? 'holds' : 'loses'} ${fact.lease.name}`
    case 'consuming': return `consumes ${fact.lane}`
    case 'unknown': return `unknown ${fact.detail}${fact.mayChangeState ? '!' : ''}`
    case 'session': return fact.type
  }
}
