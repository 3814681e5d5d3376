/** await: until the step's messages are settled, or for as long as the fault says. */
import type { Carried, Stage } from '../stage.ts'

export async function awaitSettled(stage: Stage, withinMs: number): Promise<Carried> {
  const settled = await stage.settled(withinMs)
  return { detail: settled ? 'settled' : `not settled within ${withinMs} ms` }
}
