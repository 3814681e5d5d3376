/**
 * twins: two messages that are equal in all that the contract does not make unique, with identities of their own: two
 * orders of the same thing by the same customer. Both must have their effect; whoever knows messages by their content
 * takes the second for the first.
 */
import type { Fault } from '../model/fault.ts'
import { bothSettled } from './fired.ts'

const SETTLED_MS = 10_000

export const twins: Fault = {
  name: 'twins',
  story: 'a second message came that is equal to the first in everything but its identity',
  at: { sides: ['after'], unit: 'message', operations: 'all', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send', what: 'equal' },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: bothSettled,
}
