/**
 * error: the server refuses an operation with an error that it can really return there, and is in the state that the
 * answer claims. One fault for each error (`error 40P01`); those that leave open whether the work was done come in both
 * variants. Which errors an operation can get is its protocol's knowledge.
 */
import type { Fault } from '../model/fault.ts'
import { answeredWithError, recovered } from './fired.ts'

export const error: Fault = {
  name: 'error',
  story: 'the server refused this with an error',
  at: { sides: ['before'], unit: 'crossings', operations: 'all', links: 'all', answered: true },
  contexts: ['cold'],
  program: [{ verb: 'hold' }, { verb: 'answer' }, { verb: 'release' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: false,
  needs: 'errors',
  fired: (step) => answeredWithError(step) && recovered(step),
}
