/** stop: SIGTERM to the victim; what was withheld goes on once it was delivered; SIGKILL after the grace. */
import type { Carried, Stage } from '../stage.ts'

export async function stop(stage: Stage): Promise<Carried> {
  stage.flush()
  const { victim, next } = stage
  const stopped = victim.stop('fault', stage.graceMs, () => {
    stage.disarm()
    for (const connection of victim.connections()) connection.release()
  })
  // The next fault strikes on the way out: then nobody waits for the end of the grace.
  const interrupted = next?.reached.then(() => 'it came to the next point on its way out')
  const how = await (interrupted === undefined ? stopped : Promise.race([stopped, interrupted]))
  return { detail: `SIGTERM to ${victim.id}: ${how}` }
}
