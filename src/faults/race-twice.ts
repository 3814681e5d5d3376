/**
 * race-twice: two live incarnations and two preemptions. A is held at one operation, B gets the message and is held at
 * another, A runs to its end, then B does. Shows what needs both to have looked before either has acted.
 */
import type { Fault } from '../model/fault.ts'
import { passive, raced, twinNeverStood, twinStood } from './fired.ts'

const VICTIM_MS = 3_000
const TWIN_MS = 3_000

export const raceTwice: Fault = {
  name: 'race-twice',
  story: 'two incarnations had the message: both stood somewhere, the first went on and finished, then the second',
  at: { sides: ['before'], unit: 'pairs', operations: 'changing', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'warp' },
    { verb: 'start' },
    { verb: 'hold', who: 'twin' },
    { verb: 'release' },
    { verb: 'await', what: 'finished', withinMs: VICTIM_MS },
    { verb: 'release', who: 'twin' },
    { verb: 'await', what: 'settled', withinMs: TWIN_MS },
    { verb: 'leave' },
  ],
  overlaps: true,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: (step) => raced(step) && twinStood(step),
  notApplicable: (step) => passive(step) ?? twinNeverStood(step),
}
