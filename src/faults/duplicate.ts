/**
 * duplicate: the producer sends the same logical message again, after it was settled: a retry whose first try had
 * worked. Accuses only where the contract says that the producer may do this; elsewhere it measures.
 */
import type { Fault } from '../model/fault.ts'
import { sentAgainAndSettled } from './fired.ts'

const SETTLED_MS = 10_000

export const duplicate: Fault = {
  name: 'duplicate',
  story: 'the producer sent the same message again',
  at: { sides: ['after'], unit: 'message', operations: 'all', links: 'all' },
  program: [{ verb: 'await', what: 'settled', withinMs: SETTLED_MS }, { verb: 'send-again' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  contract: 'producer-duplicates',
  fired: sentAgainAndSettled,
}
