/**
 * Kafka's frames: a length, a header, a body.
 *
 *   frame:       | size: INT32 | header | body |
 *   request v1:  | api key: INT16 | api version: INT16 | correlation id: INT32 | client id: NULLABLE_STRING |
 *   request v2:  the same (the client id stays as it was) and tagged fields; of flexible versions
 *   response v0: | correlation id: INT32 |
 *   response v1: the same and tagged fields; of flexible versions, but never of ApiVersions
 *
 * Source: RequestHeader.json and ResponseHeader.json of kafka-clients; KIP-482, KIP-511. A response names neither its
 * api nor its version: both are those of the request with its correlation id.
 */
import { assert } from '../../lib/assert.ts'
import { decodeFields, encodeFields } from './body.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { apiOf, includes, type KafkaApi, type KafkaRecord } from './table.ts'

export const SIZE_BYTES = 4
export const API_VERSIONS = 18
const UNSUPPORTED_VERSION = 35

export interface RequestHead {
  readonly key: number
  readonly version: number
  readonly correlation: number
}

export interface RequestFrame extends RequestHead {
  readonly api: KafkaApi
  readonly clientId: string
  readonly body: KafkaRecord
}

export interface ResponseFrame {
  readonly correlation: number
  readonly body: KafkaRecord
}

/** `frame` is whole, its size in front. */
export function decodeRequestHead(frame: Buffer): RequestHead {
  const reader = payloadOf(frame)
  return { key: reader.int16(), version: reader.int16(), correlation: reader.int32() }
}

/** Undefined for an api or a version that the table does not have. */
export function decodeRequest(frame: Buffer): RequestFrame | undefined {
  const reader = payloadOf(frame)
  const head = { key: reader.int16(), version: reader.int16(), correlation: reader.int32() }
  const api = apiOf(head.key)
  if (api === undefined || !includes(api.versions, head.version)) return undefined
  const form = formOf(api, head.version)
  const idLength = reader.int16()
  const clientId = idLength < 0 ? '' : reader.take(idLength).toString('utf8')
  if (form.isFlexible) decodeFields(reader, [], form)
  const body = decodeFields(reader, api.request, form)
  expectEnd(reader, `${api.name} v${head.version}`)
  return { ...head, api, clientId, body }
}

export function decodeCorrelation(frame: Buffer): number {
  return payloadOf(frame).int32()
}

export function decodeResponse(frame: Buffer, api: KafkaApi, version: number): ResponseFrame {
  const reader = payloadOf(frame)
  const correlation = reader.int32()
  const form = formOf(api, version)
  if (hasResponseTags(api, version)) decodeFields(reader, [], form)
  // Who is asked for a version that it does not have answers in the oldest (KIP-511).
  const isRefused = api.key === API_VERSIONS && isUnsupported(frame)
  const body = decodeFields(reader, api.response, isRefused ? { version: 0, isFlexible: false } : form)
  expectEnd(reader, `the answer to ${api.name} v${version}`)
  return { correlation, body }
}

export function encodeRequest({ key, version, correlation }: RequestHead, clientId: string, body: KafkaRecord): Buffer {
  const api = apiOf(key)
  assert(api !== undefined && includes(api.versions, version), `api ${key} v${version} is in the table`)
  const form = formOf(api, version)
  const writer = new ByteWriter()
  writer.int16(key)
  writer.int16(version)
  writer.int32(correlation)
  writer.int16(Buffer.byteLength(clientId))
  writer.raw(Buffer.from(clientId))
  if (form.isFlexible) writer.unsignedVarint(0)
  encodeFields(writer, api.request, body, form)
  return frameOf(writer)
}

export function encodeResponse({ key, version, correlation }: RequestHead, body: KafkaRecord): Buffer {
  const api = apiOf(key)
  assert(api !== undefined && includes(api.versions, version), `api ${key} v${version} is in the table`)
  const writer = new ByteWriter()
  writer.int32(correlation)
  if (hasResponseTags(api, version)) writer.unsignedVarint(0)
  encodeFields(writer, api.response, body, formOf(api, version))
  return frameOf(writer)
}

/** The whole frames at the front of some bytes; what is left over is not told. */
export function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  let at = 0
  while (bytes.length - at >= SIZE_BYTES) {
    const end = at + SIZE_BYTES + bytes.readInt32BE(at)
    if (end < at + SIZE_BYTES || end > bytes.length) break
    frames.push(bytes.subarray(at, end))
    at = end
  }
  return frames
}

function frameOf(writer: ByteWriter): Buffer {
  const { bytes } = writer
  const size = Buffer.alloc(SIZE_BYTES)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

function payloadOf(frame: Buffer): ByteReader {
  return new ByteReader(frame.subarray(SIZE_BYTES))
}

function formOf(api: KafkaApi, version: number): { readonly version: number; readonly isFlexible: boolean } {
  return { version, isFlexible: version >= api.flexibleFrom }
}

function hasResponseTags(api: KafkaApi, version: number): boolean {
  return version >= api.flexibleFrom && api.key !== API_VERSIONS
}

function isUnsupported(frame: Buffer): boolean {
  const at = SIZE_BYTES + 4
  return frame.length >= at + 2 && frame.readInt16BE(at) === UNSUPPORTED_VERSION
}

function expectEnd(reader: ByteReader, what: string): void {
  if (reader.left > 0) throw reader.failed(`${what} has ${reader.left} bytes more than its fields`)
}
