/**
 * poison: a message that can't be decoded, between two good ones. It has to end where the suite declares that messages
 * may end, and to take nobody with it. What becomes of it where nothing is declared is measured.
 */
import type { Fault } from '../model/fault.ts'
import { badOneCame } from './fired.ts'

const SETTLED_MS = 5_000

export const poison: Fault = {
  name: 'poison',
  story: 'a message that can not be decoded came between two good ones',
  at: { sides: ['after'], unit: 'message', operations: 'all', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'send', what: 'undecodable' },
    { verb: 'send', what: 'another' },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  contract: 'undecodable',
  fired: badOneCame,
}
