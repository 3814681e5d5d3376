/**
 * deploy: the next version joins while the present one is in the middle of a message, which is then asked to go: a
 * rolling deploy, in which two versions share a queue and a database for a while.
 */
import type { Fault } from '../model/fault.ts'
import { exitedBy, joined, passive, recovered, rolledOut } from './fired.ts'

const READY_MS = 15_000

export const deploy: Fault = {
  name: 'deploy',
  story: 'the next version joined, and the present one was asked to go (SIGTERM) in the middle of the message',
  at: { sides: ['before'], unit: 'crossings', operations: 'changing', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'start', version: 'next' },
    { verb: 'await', what: 'ready', withinMs: READY_MS },
    { verb: 'stop' },
  ],
  overlaps: true,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  needs: 'next-version',
  fired: (step) => rolledOut(step) && joined(step, 'stop') && exitedBy(step, 'stop') && recovered(step),
  notApplicable: passive,
}
