/**
 * Batches of records as Produce carries them and Fetch hands them over.
 *
 *   batch:  | base offset: INT64 | length: INT32 | leader epoch: INT32 | magic: INT8 | crc: UINT32 |
 *           | attributes: INT16 | last offset delta: INT32 | timestamps: 2 x INT64 | producer id: INT64 |
 *           | producer epoch: INT16 | base sequence: INT32 | count: INT32 | records, compressed or not |
 *   record: | length: VARINT | attributes: INT8 | timestamp delta: VARLONG | offset delta: VARINT |
 *           | key | value | header count: VARINT | (name, value)* |   each | length: VARINT, -1 is null | bytes |
 *
 * Source: "Message Format" of Kafka's documentation. Heads are never compressed: offsets are known without a codec, and
 * where there is none (snappy, lz4) that is all. Magic 0 and 1 are not read. The last batch of a fetch may be cut off.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { textOfOpaque } from '../opaque-text.ts'
import { ByteReader } from './byte-reader.ts'

export interface BatchRecord {
  readonly offset: bigint
  /** Undefined where it can't be read. */
  readonly content: RecordContent | undefined
}

export interface RecordContent {
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

export interface RecordBatch {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly isTransactional: boolean
  /** Markers of transactions, no records of anybody. */
  readonly isControl: boolean
  readonly producerId: bigint
  readonly baseSequence: number
  readonly records: readonly BatchRecord[]
  /** Of a control batch: the transaction was aborted. */
  readonly isAbort: boolean
}

export interface Batches {
  readonly batches: readonly RecordBatch[]
  /** There are batches in a format that is not read. */
  readonly isOld: boolean
}

const HEAD_BYTES = 61
/** Base offset and length are not in the length. */
const LENGTH_BYTES = 12
const MAGIC_AT = 16
const MAGIC = 2
const COMPRESSION = 0x07
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const ABORT = 0
const INFLATED_BYTES_MAX = 128 * 1024 * 1024

export function readBatches(bytes: Buffer): Batches {
  const batches: RecordBatch[] = []
  let isOld = false
  let at = 0
  while (bytes.length - at > MAGIC_AT) {
    const end = at + LENGTH_BYTES + bytes.readInt32BE(at + 8)
    const isWhole = end <= bytes.length && end > at + MAGIC_AT
    if (!isWhole) break
    if (bytes.readInt8(at + MAGIC_AT) === MAGIC) batches.push(readBatch(bytes.subarray(at, end)))
    else isOld = true
    at = end
  }
  return { batches, isOld }
}

function readBatch(bytes: Buffer): RecordBatch {
  const reader = new ByteReader(bytes)
  const baseOffset = reader.int64()
  reader.take(MAGIC_AT + 1 - 8 + 4)
  const attributes = reader.int16()
  const lastOffset = baseOffset + BigInt(reader.int32())
  reader.take(16)
  const producerId = reader.int64()
  reader.int16()
  const baseSequence = reader.int32()
  const count = reader.int32()
  const isControl = (attributes & CONTROL) !== 0
  const plain = inflate(bytes.subarray(HEAD_BYTES), attributes & COMPRESSION)
  return {
    baseOffset, lastOffset, isTransactional: (attributes & TRANSACTIONAL) !== 0, isControl, producerId, baseSequence,
    isAbort: isControl && plain !== undefined && isAbortMarker(plain),
    records: isControl ? [] : plain === undefined
      ? opaqueRecords(baseOffset, lastOffset) : readRecords(plain, baseOffset, count),
  }
}

function inflate(bytes: Buffer, compression: number): Buffer | undefined {
  try {
    switch (compression) {
      case 0: return bytes
      case 1: return gunzipSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX })
      case 4: return zstdDecompressSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX })
      default: return undefined
    }
  } catch {
    // What does not inflate is as opaque as what we have no codec for; the reader's own client decides about it.
    return undefined
  }
}

/** A compacted batch has gaps that only its records tell; then there are too many. */
function opaqueRecords(baseOffset: bigint, lastOffset: bigint): BatchRecord[] {
  const count = Number(lastOffset - baseOffset) + 1
  return Array.from({ length: count }, (_, index) => ({ offset: baseOffset + BigInt(index), content: undefined }))
}

function readRecords(bytes: Buffer, baseOffset: bigint, count: number): BatchRecord[] {
  const reader = new ByteReader(bytes)
  if (count < 0 || count > reader.left) throw reader.failed(`a batch of ${count} records`)
  return Array.from({ length: count }, () => readRecord(new ByteReader(reader.take(reader.varint())), baseOffset))
}

function readRecord(reader: ByteReader, baseOffset: bigint): BatchRecord {
  reader.int8()
  reader.varlong()
  const offset = baseOffset + BigInt(reader.varint())
  const key = readText(reader)
  const value = readText(reader)
  const headers: Record<string, string> = {}
  const count = reader.varint()
  for (let index = 0; index < count; index += 1) headers[readText(reader)] = readText(reader)
  return { offset, content: { key, value, headers } }
}

function readText(reader: ByteReader): string {
  const length = reader.varint()
  return length < 0 ? '' : textOfOpaque(reader.take(length))
}

/** Its key is | version: INT16 | type: INT16 |. */
function isAbortMarker(bytes: Buffer): boolean {
  const reader = new ByteReader(bytes)
  const record = new ByteReader(reader.take(reader.varint()))
  record.int8()
  record.varlong()
  record.varint()
  const key = record.take(record.varint())
  return key.length >= 4 && key.readInt16BE(2) === ABORT
}
