/**
 * The error that RabbitMQ can return to a publish which it confirms: basic.nack, the message is in no queue.
 *
 * Source: "Consumer Acknowledgements and Publisher Confirms" of the RabbitMQ documentation. In its place an empty
 * message goes to the default exchange under a key that no queue has: the broker confirms it, so its count stays in
 * step with the subject's, and that confirm becomes a nack. The content is not sent along: its headers (CC, BCC) could
 * route it. Acks have no reply and a channel without confirms tells nothing: there is no error for them here.
 */
import type { OperationStart, Refusal } from '../../model/wire.ts'
import { encodeFrame, HEADER_FRAME, METHOD_FRAME } from './frames.ts'
import { encodePublishNowhere, framesOf, isWhole } from './plant-loss.ts'

const NACK = 'nack'
const BASIC = 60
const ACK = 80
const REFUSE = 120
const MULTIPLE = 1
/** Means nothing to a publisher, and the broker sets it all the same: it is the default. */
const REQUEUE = 2
/** Class, weight, body size (longlong) and flags, of which only the class is not 0. */
const HEADER_BYTES = 14

export function errorsOf(start: OperationStart): readonly string[] {
  return start.kind === 'basic.publish' && start.confirm !== undefined ? [NACK] : []
}

export function refuse(name: string, request: Buffer, start: OperationStart): Refusal | undefined {
  if (!errorsOf(start).includes(name) || start.confirm === undefined) return undefined
  const [first, ...content] = framesOf(request)
  if (first === undefined || first.type !== METHOD_FRAME || !isWhole(content)) return undefined
  const { channel } = first
  const { confirm } = start
  const answered = confirms(channel, confirm)
  return {
    request: Buffer.concat([encodePublishNowhere(channel), encodeEmptyHeader(channel)]),
    complete: (reply) => answered.some((frame) => reply.includes(frame)),
    answer: (reply) => deny(reply, channel, confirm),
    outcome: () => 'failed',
    closes: false,
  }
}

/** Every frame that can confirm the publish: the last one of its channel, so no higher number covers it. */
function confirms(channel: number, tag: number): Buffer[] {
  const acks = [0, MULTIPLE].map((bits) => encodeConfirm({ channel, method: ACK, tag, bits }))
  const nacks = [0, MULTIPLE, REQUEUE, MULTIPLE | REQUEUE].map((bits) =>
    encodeConfirm({ channel, method: REFUSE, tag, bits }))
  return [...acks, ...nacks]
}

/**
 * Looks for the one frame by its bytes: the reply may begin inside a frame of which the decoder has the first part, and
 * end inside another. An ack of several becomes the ack of those before it and the nack of this one.
 */
function deny(reply: Buffer, channel: number, tag: number): Buffer {
  const nack = encodeConfirm({ channel, method: REFUSE, tag, bits: REQUEUE })
  const before = encodeConfirm({ channel, method: ACK, tag: tag - 1, bits: MULTIPLE })
  const ack = encodeConfirm({ channel, method: ACK, tag, bits: 0 })
  const ackAll = encodeConfirm({ channel, method: ACK, tag, bits: MULTIPLE })
  if (reply.includes(ack)) return replace(reply, ack, nack)
  return tag > 1 ? replace(reply, ackAll, Buffer.concat([before, nack])) : replace(reply, ackAll, nack)
}

function replace(bytes: Buffer, old: Buffer, by: Buffer): Buffer {
  const at = bytes.indexOf(old)
  return at === -1 ? bytes : Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + old.length)])
}

interface Confirm {
  readonly channel: number
  /** ACK or REFUSE. */
  readonly method: number
  readonly tag: number
  readonly bits: number
}

// basic.ack, basic.nack: | class, method: short | delivery-tag: longlong | multiple, requeue (nack only): bits |
function encodeConfirm({ channel, method, tag, bits }: Confirm): Buffer {
  const payload = Buffer.alloc(13)
  payload.writeUInt16BE(BASIC, 0)
  payload.writeUInt16BE(method, 2)
  payload.writeBigUInt64BE(BigInt(tag), 4)
  payload.writeUInt8(bits, 12)
  return encodeFrame(METHOD_FRAME, channel, payload)
}

function encodeEmptyHeader(channel: number): Buffer {
  const payload = Buffer.alloc(HEADER_BYTES)
  payload.writeUInt16BE(BASIC, 0)
  return encodeFrame(HEADER_FRAME, channel, payload)
}
