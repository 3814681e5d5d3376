/**
 * await: until the step's messages are settled, or for as long as the fault says. A subject that waits for an answer of
 * the server, for instance for a lock that the dead one holds, is not waited for any longer.
 */
import type { Carried, Stage } from '../stage.ts'

export async function awaitSettled(stage: Stage, withinMs: number): Promise<Carried> {
  const end = await stage.settled(withinMs)
  if (end === 'blocked') return { detail: 'the successor waits for the server' }
  return { detail: end === 'settled' ? 'settled' : `not settled within ${withinMs} ms` }
}
