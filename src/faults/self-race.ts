/**
 * self-race: the lease goes while the incarnation still works, and it is handed the same message again: a consumer that
 * reconnects by itself under load. Two of its own handlers then work on one message.
 */
import type { Fault } from '../model/fault.ts'
import { exitedByItself, handedTwice } from './fired.ts'

const AGAIN_MS = 5_000
const SECOND_MS = 1_000
const FIRST_MS = 3_000

export const selfRace: Fault = {
  name: 'self-race',
  story: 'the connection to the broker broke in mid-work, and the same process was handed the message once more',
  at: { sides: ['before'], unit: 'crossings', operations: 'all', links: 'not-lease' },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'cut', links: 'lease' },
    { verb: 'await', what: 'redelivered', withinMs: AGAIN_MS },
    { verb: 'await', what: 'settled', withinMs: SECOND_MS },
    { verb: 'release' },
    // The first handling has its end still before it, and an end that no acknowledgement tells.
    { verb: 'await', what: 'finished', withinMs: FIRST_MS },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  holds: 'operation',
  fired: handedTwice,
  notApplicable: exitedByItself,
}
