/**
 * Where Kafka's messages end, for `--exhaustive`; shares no rule with the decoder, whose points are held against it.
 *
 * A reply says nothing of what it answers but the number of its request, so that requests are remembered by it.
 */
import { lostFrame, type RawFraming } from '../../model/wire.ts'

// https://kafka.apache.org/protocol.html#protocol_common: | size: int32 | message: size bytes |, where a request begins
// with | api key: int16 | api version: int16 | correlation id: int32 | and a reply with | correlation id: int32 |.
const SIZE_BYTES = 4
const REQUEST_HEAD_BYTES = 12
const SIZE_MAX = 0x3fffffff
const TLS_HANDSHAKE = 0x16

/** Fetch, Metadata, Heartbeat, ConsumerGroupHeartbeat: clients send them again and again, by the clock. */
const BY_THE_CLOCK: ReadonlySet<number> = new Set([1, 3, 12, 68])

export function kafkaFraming(): RawFraming {
  const asked = new Map<number, number>()
  return (direction, stream) => {
    if (stream.peekUInt8(0) === TLS_HANDSHAKE) return lostFrame
    if (stream.length < SIZE_BYTES) return undefined
    const size = stream.peekInt32(0)
    if (size < SIZE_BYTES || size > SIZE_MAX) return lostFrame
    const length = SIZE_BYTES + size
    if (stream.length < length) return undefined
    if (direction === 'request') {
      if (length < REQUEST_HEAD_BYTES) return lostFrame
      const key = stream.peekUInt16(4)
      asked.set(stream.peekInt32(8), key)
      return { length, label: `request ${key}`, keepsAlive: BY_THE_CLOCK.has(key) }
    }
    const number = stream.peekInt32(4)
    const key = asked.get(number)
    asked.delete(number)
    if (key === undefined) return { length, label: 'reply' }
    return { length, label: `reply ${key}`, keepsAlive: BY_THE_CLOCK.has(key) }
  }
}
