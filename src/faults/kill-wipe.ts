/**
 * kill-wipe: the process dies and comes back on another disk: a pod that is scheduled anew. What it kept in its own
 * folder or in the temporary one is gone.
 */
import type { Fault } from '../model/fault.ts'
import { diedAtCrossing, foundNothing, recovered } from './fired.ts'

export const killWipe: Fault = {
  name: 'kill-wipe',
  story: 'the process was killed (SIGKILL) there and started again with empty folders',
  at: { sides: ['before', 'after'], unit: 'worlds', operations: 'changing', links: 'all' },
  contexts: ['cold', 'warm'],
  program: [{ verb: 'hold' }, { verb: 'kill' }, { verb: 'wipe' }, { verb: 'start' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  needs: 'used-disk',
  fired: (step) => diedAtCrossing(step) && foundNothing(step) && recovered(step),
}
