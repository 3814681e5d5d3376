/**
 * cut: the link breaks at a point while the process lives on with what it remembers.
 *
 * `before`: the request is lost. `after`: it was done and its reply is lost, the case that a retry turns into a
 * duplicate and that "it failed" turns into a lie. Toxiproxy breaks the server's side, the tap the subject's; reads
 * count too, because the process goes on with their absence.
 */
import type { Fault } from '../model/fault.ts'
import { bothSidesBroken, recovered } from './fired.ts'

export const cut: Fault = {
  name: 'cut',
  story: 'the connection broke there while the process lived on',
  at: { sides: ['before', 'after'], unit: 'crossings', operations: 'all', links: 'all' },
  contexts: ['cold', 'warm', 'convoy'],
  program: [{ verb: 'hold' }, { verb: 'cut' }, { verb: 'release' }],
  overlaps: false,
  keepsUpstream: false,
  strikesRecovery: true,
  fired: (step) => bothSidesBroken(step) && recovered(step),
}
