/**
 * race: two live incarnations work on one message. A is held, the broker hands the message to B, B runs to the end, and
 * A goes on as if nothing had happened: a rebalance, a stall longer than the lease, a partition from the broker only.
 *
 * `before` each operation says all that there is to say: after the operation in front of it is the same state.
 */
import type { Fault } from '../model/fault.ts'
import { keptBack, passive, raced } from './fired.ts'

const TWIN_MS = 3_000
const VICTIM_MS = 3_000

export const race: Fault = {
  name: 'race',
  story: 'a second incarnation was handed the message and finished it, while the first stood there and then went on',
  at: { sides: ['before'], unit: 'crossings', operations: 'all', links: 'all' },
  contexts: ['cold', 'warm'],
  program: [
    { verb: 'hold' },
    { verb: 'warp' },
    { verb: 'start' },
    // One that waits for the held one's lock can't settle: then the held one goes on first.
    { verb: 'await', what: 'settled', withinMs: TWIN_MS },
    { verb: 'release' },
    { verb: 'await', what: 'finished', withinMs: VICTIM_MS },
    { verb: 'leave' },
  ],
  overlaps: true,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: raced,
  notApplicable: (step) => passive(step) ?? keptBack(step),
}
