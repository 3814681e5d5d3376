/** stop: SIGTERM to the victim; what was withheld goes on once it was delivered; SIGKILL after the grace. */
import type { Carried, Stage } from '../stage.ts'

export async function stop(stage: Stage): Promise<Carried> {
  stage.flush()
  const { victim } = stage
  const how = await victim.stop('fault', stage.graceMs, () => {
    stage.disarm()
    for (const connection of victim.connections()) connection.release()
  })
  return { detail: `SIGTERM to ${victim.id}: ${how}` }
}
