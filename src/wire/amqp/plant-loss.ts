/**
 * A publish that the broker confirms and that ends up nowhere: the same frames with a routing key that no queue is
 * bound to, on the default exchange, and without the mandatory flag (section 1.8.3.3: an unroutable message that is
 * not mandatory is dropped, and a publisher confirm is sent for it all the same). So the confirm's number is right.
 */
import type { OperationStart, PlantedLoss } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'
import { decodeMethod, encodeFrame, METHOD_FRAME, takeFrames, type Frame } from './frames.ts'

const NOWHERE = 'onceproof.nowhere'
const BASIC = 60
const PUBLISH = 40
const ACK_NAMES = new Set(['basic.ack', 'basic.nack'])

/** Undefined for anything but a whole basic.publish. */
export function plantLoss(request: Buffer, start: OperationStart): PlantedLoss | undefined {
  if (start.kind !== 'basic.publish') return undefined
  const frames = framesOf(request)
  const [first, ...content] = frames
  if (first === undefined || first.type !== METHOD_FRAME || !isWhole(content)) return undefined
  const { channel } = first
  const confirms = !start.oneWay
  return {
    request: Buffer.concat([encodePublishNowhere(channel), ...content.map((frame) => frame.bytes)]),
    answer: (reply) => reply,
    complete: (reply) => !confirms || framesOf(reply).some((frame) => isConfirm(frame, channel)),
  }
}

export function framesOf(bytes: Buffer): Frame[] {
  const queue = new ByteQueue()
  queue.push(bytes)
  return [...takeFrames(queue)]
}

// content header payload: | class: short | weight: short | body size: longlong | ... |
export function isWhole(content: readonly Frame[]): boolean {
  const [header, ...bodies] = content
  if (header === undefined) return false
  const wanted = Number(header.payload.readBigUInt64BE(4))
  return bodies.reduce((sum, frame) => sum + frame.payload.length, 0) === wanted
}

function isConfirm(frame: Frame, channel: number): boolean {
  if (frame.type !== METHOD_FRAME || frame.channel !== channel) return false
  const method = decodeMethod(frame.payload)
  return method !== undefined && ACK_NAMES.has(method.spec.name)
}

// basic.publish:
//   | class, method: short | reserved: short | exchange, routing-key: shortstr | mandatory, immediate: bits |
export function encodePublishNowhere(channel: number): Buffer {
  const key = Buffer.from(NOWHERE, 'utf8')
  const payload = Buffer.concat([
    Buffer.from([0, BASIC, 0, PUBLISH, 0, 0, 0, key.length]), key, Buffer.from([0]),
  ])
  return encodeFrame(METHOD_FRAME, channel, payload)
}
