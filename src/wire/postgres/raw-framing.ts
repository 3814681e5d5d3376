/**
 * Where Postgres' messages end, for `--exhaustive`; shares no rule with the decoder, whose points are held against it.
 */
import { lostFrame, type RawFraming, type RawHead, type RawStream } from '../../model/wire.ts'

// Postgres v3: | kind: Byte1 | length: Int32, counts itself but not the kind | body |. Until its StartupMessage, a
// client's packets have no kind: | length: Int32 | code: Int32 | body |; two codes ask for encryption and are answered
// by one byte, or by an ErrorResponse ('E') of a server that is too old to know them. A cancel request ends it all.
const POSTGRES_KIND = 1
const POSTGRES_LENGTH_MAX = 0x3fffffff
const ENCRYPTION_CODES: ReadonlySet<number> = new Set([80877103, 80877104])
const POSTGRES_MAJOR = 3
const TLS_HANDSHAKE = 0x16

export function postgresFraming(): RawFraming {
  let isStarted = false
  let answersAwaited = 0
  const packet = (stream: RawStream): RawHead | undefined => {
    if (stream.peekUInt8(0) === TLS_HANDSHAKE) return lostFrame
    if (stream.length < 8) return undefined
    const length = stream.peekInt32(0)
    if (length < 8 || length > POSTGRES_LENGTH_MAX) return lostFrame
    if (stream.length < length) return undefined
    const code = stream.peekInt32(4)
    if (ENCRYPTION_CODES.has(code)) answersAwaited += 1
    else if (code >> 16 === POSTGRES_MAJOR) isStarted = true
    else return lostFrame
    return { length, label: `packet ${code}` }
  }
  return (direction, stream) => {
    if (direction === 'request' && !isStarted) return packet(stream)
    const kind = String.fromCharCode(stream.peekUInt8(0))
    if (direction === 'reply' && answersAwaited > 0 && kind !== 'E') {
      answersAwaited -= 1
      return kind === 'N' ? { length: 1, label: 'answer N' } : lostFrame
    }
    if (stream.length < POSTGRES_KIND + 4) return undefined
    const length = stream.peekInt32(POSTGRES_KIND)
    if (length < 4 || length > POSTGRES_LENGTH_MAX) return lostFrame
    return stream.length < POSTGRES_KIND + length ? undefined : { length: POSTGRES_KIND + length, label: kind }
  }
}
