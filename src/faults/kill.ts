/**
 * kill: the process dies at a point and is started again.
 *
 * A SIGKILL leaves only the outside world behind, so it is placed at distinct worlds: sets of operations that are
 * done while nothing else of the message is. Models out-of-memory kills and lost nodes.
 */
import type { Fault } from '../model/fault.ts'
import { diedAtCrossing, recovered } from './fired.ts'

export const kill: Fault = {
  name: 'kill',
  story: 'the process was killed (SIGKILL) there and started again',
  at: { sides: ['before', 'after'], unit: 'worlds', operations: 'changing', links: 'all' },
  contexts: ['start', 'cold', 'warm', 'convoy'],
  program: [{ verb: 'hold' }, { verb: 'kill' }, { verb: 'start' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: true,
  fired: (step) => diedAtCrossing(step) && recovered(step),
}
