/** pause: SIGSTOP to the victim's whole group. */
import type { Carried, Stage } from '../stage.ts'

export async function pause(stage: Stage): Promise<Carried> {
  stage.flush()
  await stage.victim.pause()
  return { detail: `SIGSTOP to ${stage.victim.id}` }
}
