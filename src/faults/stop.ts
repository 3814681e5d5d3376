/**
 * stop: the orchestrator asks the process to go (SIGTERM) at a point, and kills it after the grace.
 *
 * What was withheld goes on its way once the signal was delivered: a stop does not take requests back. A subject
 * that drains and leaves is right; one that acknowledges what it has not finished, or exits in the middle, shows.
 */
import type { Fault } from '../model/fault.ts'
import { exitedBy, recovered } from './fired.ts'

export const stop: Fault = {
  name: 'stop',
  story: 'the process was asked to stop (SIGTERM) there, and a new one was started',
  at: { sides: ['before', 'after'], unit: 'worlds', operations: 'changing', links: 'all' },
  contexts: ['cold', 'warm', 'convoy'],
  program: [{ verb: 'hold' }, { verb: 'stop' }, { verb: 'start' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  fired: (step) => exitedBy(step, 'stop') && recovered(step),
}
