/**
 * await: until something is so, or for as long as the fault says. Nobody is waited for who waits for an answer of a
 * server himself, for instance for a lock that a dead or held one has, or who takes no deliveries at all.
 */
import type { Verb } from '../../model/fault.ts'
import type { Carried, Stage, Standing } from '../stage.ts'

export async function awaited(stage: Stage, word: Extract<Verb, { verb: 'await' }>): Promise<Carried> {
  const { what, withinMs } = word
  if (what === 'finished') return { detail: await stage.finished(withinMs) }
  if (what === 'redelivered') {
    const again = await stage.redelivered(withinMs)
    return { detail: again ? 'handed over again' : `not handed over again within ${withinMs} ms` }
  }
  const end = await (what === 'ready' ? stage.ready(withinMs)
    : what === 'others' ? stage.othersSettled(withinMs) : stage.settled(withinMs))
  return { detail: told(end, what === 'others' ? 'settled' : what, withinMs) }
}

function told(end: Standing, what: string, withinMs: number): string {
  if (end === 'blocked') return 'the successor waits for the server'
  if (end === 'passive') return 'the second incarnation stayed passive: it lives and asks for no deliveries'
  if (end === 'gone') return 'the second incarnation went by itself'
  return end === 'late' ? `not ${what} within ${withinMs} ms` : what
}
