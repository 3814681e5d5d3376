/** kill-child: SIGKILL to the one descendant of the victim that owns the connection of the point. */
import type { Carried, Stage } from '../stage.ts'

export async function killChild(stage: Stage): Promise<Carried> {
  const { crossing, point, victim } = stage
  const at = crossing?.lastOver(point.operation) ?? crossing?.withheld.find((op) => op.key === point.operation)
  if (at === undefined) return { impossible: 'no connection stands at the point' }
  stage.flush()
  return { detail: await victim.killChild(at.connection.id) }
}
