/** release: nothing is armed any more, and what is still withheld goes on its way. */
import type { Carried, Stage } from '../stage.ts'

export async function release(stage: Stage): Promise<Carried> {
  stage.disarm()
  for (const connection of stage.victim.connections()) {
    if (connection.isOpen) connection.release()
  }
  return { detail: 'what was withheld went on' }
}
