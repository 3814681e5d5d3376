/** resume: SIGCONT to the victim's whole group. */
import type { Carried, Stage } from '../stage.ts'

export async function resume(stage: Stage): Promise<Carried> {
  stage.victim.resume()
  return { detail: `SIGCONT to ${stage.victim.id}` }
}
