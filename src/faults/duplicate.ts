/**
 * duplicate: the producer sends the same logical message again, right after it was settled and once more after another
 * message of the same key (A, A, B, A): a retry whose first try had worked, and one that comes late enough to undo what
 * came after it. Accuses only where the contract says that the producer may do this; elsewhere it measures.
 */
import type { Fault } from '../model/fault.ts'
import { sentAgainAndSettled } from './fired.ts'

const SETTLED_MS = 10_000

export const duplicate: Fault = {
  name: 'duplicate',
  story: 'the producer sent the same message again, at once and after another one of its key',
  at: { sides: ['after'], unit: 'message', operations: 'all', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send-again', as: 'retry', what: 'first' },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send', what: 'another' },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send-again', as: 'retry', what: 'first' },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  contract: 'producer-duplicates',
  fired: sentAgainAndSettled,
}
