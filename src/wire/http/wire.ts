/**
 * HTTP/1.1 as a protocol of the taps. Not TLS and not HTTP/2, both are refused at the first bytes; an h2c upgrade
 * that the server accepts passes undecoded.
 *
 * A loss is not planted here: the sink that plays the outside world accepts a call and does not record it.
 */
import type { Interjection, OperationStart, WireProtocol } from '../../model/wire.ts'
import { outcomeOf } from './dialect.ts'
import { errorsOf, refuse } from './errors.ts'
import { HttpSession } from './session.ts'
import { finalStatus } from './whole-message.ts'

/** The request once more on the same connection; over with its response. */
function plantRepeat(request: Buffer, start: OperationStart): Interjection {
  return {
    bytes: request,
    done(reply) {
      const status = finalStatus(reply, start.kind)
      return status === undefined ? undefined : outcomeOf(status)
    },
  }
}

export const httpWire: WireProtocol = {
  name: 'http',
  open: () => new HttpSession(),
  plantRepeat,
  errors: errorsOf,
  refuse,
}
