/**
 * late: a replay that comes after some time, when what the subject remembers may have run out: a slow retry, a dead
 * letter queue that is poured back days later. The time is waited for, since no clock of a subject is moved: the
 * declared window and a tenth of it. A window that takes longer than some seconds (plan/outlast.ts) is not exercised:
 * what lies beyond is not claimed.
 */
import type { Fault } from '../model/fault.ts'
import { letTimeGo, sentAgainAndSettled } from './fired.ts'

const SETTLED_MS = 10_000

export const late: Fault = {
  name: 'late',
  story: 'settled messages were delivered again some seconds later',
  at: { sides: ['after'], unit: 'message', operations: 'all', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'send', what: 'another', count: 2 },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'outlast' },
    { verb: 'send-again', as: 'late', what: 'all' },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  contract: 'replay',
  needs: 'short-window',
  fired: (step) => letTimeGo(step) && sentAgainAndSettled(step),
}
