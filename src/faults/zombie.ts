/**
 * zombie: an incarnation is stopped dead (SIGSTOP) with a reply on its way, loses its lease, somebody else finishes the
 * message, and then it wakes up and goes on: a long pause of a garbage collector, a machine that was suspended.
 *
 * Unlike in a race its clocks have gone on and its timers fire late.
 */
import type { Fault } from '../model/fault.ts'
import { froze, keptBack, passive, raced } from './fired.ts'

const TWIN_MS = 3_000
const VICTIM_MS = 3_000

export const zombie: Fault = {
  name: 'zombie',
  story: 'the process froze there, lost its claim, another one finished the message, and it woke up and went on',
  at: { sides: ['after'], unit: 'crossings', operations: 'all', links: 'not-lease', answered: true },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'pause' },
    { verb: 'warp' },
    { verb: 'start' },
    { verb: 'await', what: 'settled', withinMs: TWIN_MS },
    { verb: 'resume' },
    { verb: 'release' },
    { verb: 'await', what: 'finished', withinMs: VICTIM_MS },
    { verb: 'leave' },
  ],
  overlaps: true,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: (step) => froze(step) && raced(step),
  notApplicable: (step) => passive(step) ?? keptBack(step),
}
