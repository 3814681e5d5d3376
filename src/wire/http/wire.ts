/**
 * HTTP/1.1 as a protocol of the taps. Not TLS and not HTTP/2, both are refused at the first bytes; an h2c upgrade
 * that the server accepts passes undecoded.
 *
 * A loss is not planted here: the sink that plays the outside world accepts a call and does not record it.
 */
import type { Interjection, OperationStart, WireProtocol } from '../../model/wire.ts'
import { MessageReader } from './message-reader.ts'
import { followingOf, HttpSession, isInterim, outcomeOf } from './session.ts'

/** The request once more on the same connection; over with its response. */
function plantRepeat(request: Buffer, start: OperationStart): Interjection {
  return {
    bytes: request,
    done(reply) {
      let status = 0
      const reader = new MessageReader('RESPONSE', (head) => {
        status = head.status
        return isInterim(status) ? 'none' : followingOf(start.kind, status)
      })
      for (const stretch of reader.read(reply)) {
        if (stretch.isEnd && stretch.head !== undefined && isInterim(stretch.head.status)) continue
        if (stretch.isEnd) return outcomeOf(status)
      }
      return undefined
    },
  }
}

export const httpWire: WireProtocol = {
  name: 'http',
  open: () => new HttpSession(),
  plantRepeat,
}
