/**
 * fail-n: the same step fails again and again at the same point, as often as the broker hands a message over without
 * ending it by itself, less one (three times where it has no such limit). A dependency that flaps, a machine that is
 * out of memory for a while: whoever gives a message up sooner than its broker loses it.
 */
import type { Fault } from '../model/fault.ts'
import { diedAgain, onlyOnce, recovered } from './fired.ts'

export const failN: Fault = {
  name: 'fail-n',
  story: 'the process was killed (SIGKILL) there again and again, each time with the message in hand',
  at: { sides: ['before', 'after'], unit: 'worlds', operations: 'changing', links: 'all' },
  contexts: ['cold'],
  program: [{ verb: 'repeat', program: [{ verb: 'hold' }, { verb: 'kill' }, { verb: 'start' }] }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: (step) => diedAgain(step) && recovered(step),
  notApplicable: onlyOnce,
}
