/**
 * replay: what was settled is delivered again, all of it and in its order: a backfill, an offset that was reset, a dead
 * letter queue that is poured back. Accuses only where the contract says how far back a replay may reach.
 */
import type { Fault } from '../model/fault.ts'
import { sentAgainAndSettled } from './fired.ts'

const SETTLED_MS = 10_000

export const replay: Fault = {
  name: 'replay',
  story: 'six settled messages were delivered again, in their order',
  at: { sides: ['after'], unit: 'message', operations: 'all', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send', what: 'another', count: 5 },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send-again', as: 'replay', what: 'all' },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  contract: 'replay',
  fired: sentAgainAndSettled,
}
