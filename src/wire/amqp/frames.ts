/**
 * AMQP 0-9-1 frames: splits a stream into them, reads method and header payloads, writes the few that we send.
 *
 * Section 2.3.5 (framing), 2.3.5.1 (method), 2.3.5.2 (content). Frames of unknown type come out whole and undecoded.
 */
import { WireError } from '../../lib/errors.ts'
import type { ByteQueue } from '../byte-queue.ts'
import { FieldReader, type Table } from './field-reader.ts'
import { BASIC_PROPERTIES, METHODS, type MethodSpec } from './methods.ts'

// | type: octet | channel: short | size: long | payload: size octets | 0xCE |
const HEAD_BYTES = 7
const FRAME_END = 0xce

/** RabbitMQ's own limit of a message; its frames are 128 KiB. */
export const FRAME_BYTES_MAX = 128 * 1024 * 1024

export const METHOD_FRAME = 1
export const HEADER_FRAME = 2
export const BODY_FRAME = 3
export const HEARTBEAT_FRAME = 8

/** The first bytes of a client: `AMQP`, 0, major, minor, revision. */
export const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])

export interface Frame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
  /** All of it, as it came. */
  readonly bytes: Buffer
}

export interface Method {
  readonly spec: MethodSpec
  readonly args: Table
}

export interface ContentHeader {
  readonly bodyBytes: number
  readonly properties: Table
}

/** The frames that are whole; the rest stays. */
export function* takeFrames(stream: ByteQueue): Generator<Frame> {
  while (stream.length >= HEAD_BYTES) {
    const size = stream.peekUInt32(3)
    if (size > FRAME_BYTES_MAX) throw new WireError('amqp', `a frame claims ${size} bytes`, stream.peek(HEAD_BYTES))
    const total = HEAD_BYTES + size + 1
    if (stream.length < total) return
    const bytes = stream.take(total)
    if (bytes[total - 1] !== FRAME_END) throw new WireError('amqp', 'a frame does not end with 0xCE', bytes)
    yield {
      type: bytes.readUInt8(0), channel: bytes.readUInt16BE(1), payload: bytes.subarray(HEAD_BYTES, total - 1), bytes,
    }
  }
}

// method payload: | class: short | method: short | arguments |
/** Undefined for an id that is not in the table. */
export function decodeMethod(payload: Buffer): Method | undefined {
  const reader = new FieldReader(payload)
  const spec = METHODS.get(reader.long())
  if (spec === undefined) return undefined
  const args = reader.record(spec.fields)
  if (reader.left > 0) throw new WireError('amqp', `${reader.left} bytes are left over after ${spec.name}`, payload)
  return { spec, args }
}

// header payload: | class: short | weight: short | body size: longlong | flags: short+ | properties that are flagged |
// Bit 0 of a flags word says that another one follows; class basic has 14 properties and needs one word.
export function decodeContentHeader(payload: Buffer): ContentHeader {
  const reader = new FieldReader(payload)
  const classId = reader.short()
  if (classId !== 60) throw new WireError('amqp', `a content header of class ${classId}`, payload)
  reader.short()
  const bodyBytes = reader.longlong()
  const flags = reader.short()
  if ((flags & 0x3) !== 0) throw new WireError('amqp', 'a content header flags properties that do not exist', payload)
  const properties = reader.record(BASIC_PROPERTIES.filter((_, index) => (flags & (0x8000 >> index)) !== 0))
  if (reader.left > 0) throw new WireError('amqp', `${reader.left} bytes are left over after a content header`, payload)
  return { bodyBytes, properties }
}

export function encodeFrame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + payload.length + 1)
  bytes.writeUInt8(type, 0)
  bytes.writeUInt16BE(channel, 1)
  bytes.writeUInt32BE(payload.length, 3)
  payload.copy(bytes, HEAD_BYTES)
  bytes.writeUInt8(FRAME_END, bytes.length - 1)
  return bytes
}

/** channel.close with code 200, caused by no method. */
export function encodeChannelClose(channel: number): Buffer {
  const text = Buffer.from('done')
  const head = Buffer.from([0, 20, 0, 40, 0, 200, text.length])
  return encodeFrame(METHOD_FRAME, channel, Buffer.concat([head, text, Buffer.alloc(4)]))
}
