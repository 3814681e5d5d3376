/**
 * What the harness itself may say on a subject's AMQP connection while the subject is held.
 *
 * A basic.ack has no reply. But a broker works through one channel in order: when it answers channel.close, it has
 * carried out every method that was sent on the channel before. The channel is gone afterwards, and with it the
 * subject's use of the connection.
 */
import { WireError } from '../../lib/errors.ts'
import type { Interjection, OperationStart, Outcome, Unit } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'
import { decodeMethod, encodeChannelClose, encodeFrame, METHOD_FRAME, takeFrames, type Frame } from './frames.ts'

const CHANNEL_CLOSE_OK = Buffer.from([0, 20, 0, 41])

export function proveOneWay(unit: Unit): Interjection {
  const channel = unit.bytes.readUInt16BE(1)
  return { bytes: encodeChannelClose(channel), done: (reply) => outcomeOnWire(reply, channel) }
}

/**
 * The same frames once more. Not in confirm mode: the server would count one publish more than the client does, and
 * every later confirm would speak of the wrong one.
 */
export function plantRepeat(request: Buffer, start: OperationStart): Interjection | undefined {
  if (start.kind !== 'basic.publish' || !start.oneWay) return undefined
  return { bytes: request, done: () => 'ok' }
}

/** Frame by frame, since a close may come instead. */
function outcomeOnWire(reply: Buffer, channel: number): Outcome | undefined {
  const stream = new ByteQueue()
  stream.push(reply)
  try {
    for (const frame of takeFrames(stream)) {
      const outcome = outcomeOfFrame(frame, channel)
      if (outcome !== undefined) return outcome
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
  return stream.length === 0 ? undefined : outcomeUnaligned(reply, channel)
}

function outcomeOfFrame(frame: Frame, channel: number): Outcome | undefined {
  if (frame.type !== METHOD_FRAME) return undefined
  const name = decodeMethod(frame.payload)?.spec.name
  if (name === 'connection.close') return 'indeterminate'
  if (frame.channel !== channel) return undefined
  if (name === 'channel.close') return 'indeterminate'
  return name === 'channel.close-ok' ? 'ok' : undefined
}

/**
 * The reply may begin inside a frame whose first part was read before the interjection: then only the one frame is
 * looked for, by itself.
 */
function outcomeUnaligned(reply: Buffer, channel: number): Outcome | undefined {
  return reply.includes(encodeFrame(METHOD_FRAME, channel, CHANNEL_CLOSE_OK)) ? 'ok' : undefined
}
