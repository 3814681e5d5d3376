/**
 * Where AMQP's frames end, for `--exhaustive`; shares no rule with the decoder, whose points are held against it.
 */
import { lostFrame, type RawFraming } from '../../model/wire.ts'

// AMQP 0-9-1, 2.3.5: | type: octet | channel: short | size: long | payload: size octets | 0xCE |
// A method's payload begins with | class: short | method: short |. The client's first eight bytes, and those of a
// server that wants another version, are | 'AMQP' | 0 | major | minor | revision |.
const AMQP_HEAD_BYTES = 7
const AMQP_END = 0xce
const AMQP_FRAME_MAX = 128 * 1024 * 1024
const AMQP_TYPES: ReadonlyMap<number, string> = new Map([[2, 'header'], [3, 'body'], [8, 'heartbeat']])

export function amqpFraming(): RawFraming {
  return (_, stream) => {
    if (stream.peekUInt8(0) === 'A'.charCodeAt(0)) return { length: 8, label: 'protocol header' }
    if (stream.length < AMQP_HEAD_BYTES) return undefined
    const type = stream.peekUInt8(0)
    const size = stream.peekUInt32(3)
    const length = AMQP_HEAD_BYTES + size + 1
    if (size > AMQP_FRAME_MAX) return lostFrame
    if (stream.length < length) return undefined
    if (stream.peekUInt8(length - 1) !== AMQP_END) return lostFrame
    if (type !== 1 || size < 4) {
      return { length, label: AMQP_TYPES.get(type) ?? `type ${type}`, keepsAlive: type === 8 }
    }
    return { length, label: `method ${stream.peekUInt16(7)}.${stream.peekUInt16(9)}` }
  }
}
