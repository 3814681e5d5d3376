/**
 * rebalance: another instance joins while one is in the middle of a message. Nothing is taken from anybody; a subject
 * whose instances get into each other's way shows.
 */
import type { Fault } from '../model/fault.ts'
import { joined, passive } from './fired.ts'

const READY_MS = 15_000
const SETTLED_MS = 3_000

export const rebalance: Fault = {
  name: 'rebalance',
  story: 'another instance joined in the middle of the message',
  at: { sides: ['before'], unit: 'crossings', operations: 'changing', links: 'all' },
  contexts: ['cold'],
  program: [
    { verb: 'hold' },
    { verb: 'start' },
    { verb: 'await', what: 'ready', withinMs: READY_MS },
    { verb: 'release' },
    { verb: 'await', what: 'settled', withinMs: SETTLED_MS },
    { verb: 'leave' },
  ],
  overlaps: true,
  keepsUpstream: false,
  strikesRecovery: false,
  explores: false,
  fired: (step) => joined(step, 'release'),
  notApplicable: passive,
}
