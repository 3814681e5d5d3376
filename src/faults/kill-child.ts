/**
 * kill-child: the process that does the work dies alone, and its parent lives on: the OOM killer in a prefork pool.
 * What the parent does with the message of a dead child is the question.
 */
import type { Fault } from '../model/fault.ts'
import { childDied, mainHeldIt, recovered } from './fired.ts'

export const killChild: Fault = {
  name: 'kill-child',
  story: 'the child process at work was killed (SIGKILL) there, and its parent lived on',
  at: { sides: ['before', 'after'], unit: 'crossings', operations: 'changing', links: 'not-lease' },
  contexts: ['cold', 'warm'],
  program: [{ verb: 'hold' }, { verb: 'kill-child' }, { verb: 'release' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  needs: 'children',
  fired: (step) => childDied(step) && recovered(step),
  notApplicable: mainHeldIt,
}
