/**
 * overtake: a message is held at an operation until a later one has been settled, and then the process dies. Whoever
 * works on several at once and settles by the highest, or counts what is done, loses the one that was overtaken. Where
 * the workload has several lanes, the later ones come by the others too: the two are worked on at the same time for
 * certain, one to its end and one in the middle.
 */
import type { Fault } from '../model/fault.ts'
import { diedAtCrossing, neverOvertaken, overtaken, recovered } from './fired.ts'

const OTHER_MS = 1_500

export const overtake: Fault = {
  name: 'overtake',
  story: 'a later message was settled while this one stood there, and then the process was killed (SIGKILL)',
  at: { sides: ['before'], unit: 'crossings', operations: 'changing', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'send', what: 'beside' },
    { verb: 'await', what: 'others', withinMs: OTHER_MS },
    { verb: 'kill' },
    { verb: 'start' },
  ],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  holds: 'message',
  needs: 'prefetch',
  fired: (step) => overtaken(step) && diedAtCrossing(step) && recovered(step),
  notApplicable: neverOvertaken,
}
