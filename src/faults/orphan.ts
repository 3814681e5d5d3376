/**
 * orphan: a request of a dead process lands after its successor has finished.
 *
 * TCP delivers what was sent: a host that dies with a request in flight does not take the request back. A consumer
 * that asks "already charged?" before charging is right in every order but this one.
 * Not for the link that carries the lease: there the broker redelivers only once that link is gone.
 */
import type { Fault } from '../model/fault.ts'
import { forwardedForTheDead } from './fired.ts'

const SUCCESSOR_MS = 3_000

export const orphan: Fault = {
  name: 'orphan',
  story: 'the process died with this request in flight, and the request arrived after its successor had gone on',
  at: { sides: ['before'], unit: 'crossings', operations: 'changing', links: 'not-lease' },
  contexts: ['cold', 'warm'],
  program: [
    { verb: 'hold' },
    { verb: 'kill' },
    { verb: 'start' },
    // A successor that waits for the dead transaction's lock can't settle: then it is forwarded all the same.
    { verb: 'await', what: 'settled', withinMs: SUCCESSOR_MS },
    { verb: 'forward' },
  ],
  overlaps: true,
  keepsUpstream: true,
  strikesRecovery: false,
  fired: forwardedForTheDead,
}
