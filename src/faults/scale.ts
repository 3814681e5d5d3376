/**
 * scale: another instance is there, and the one in the middle of a message is told to go (SIGTERM): scaling in.
 */
import type { Fault } from '../model/fault.ts'
import { exitedBy, joined, passive, recovered } from './fired.ts'

const READY_MS = 15_000

export const scale: Fault = {
  name: 'scale',
  story: 'another instance joined, and the one in the middle of the message was asked to go (SIGTERM)',
  at: { sides: ['before'], unit: 'crossings', operations: 'changing', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'start' },
    { verb: 'await', what: 'ready', withinMs: READY_MS },
    { verb: 'stop' },
  ],
  overlaps: true,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: (step) => joined(step, 'stop') && exitedBy(step, 'stop') && recovered(step),
  notApplicable: passive,
}
