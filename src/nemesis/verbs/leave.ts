/** leave: the victim, which has nothing to do any more, is ended beside its living twin. */
import type { Carried, Stage } from '../stage.ts'

export async function leave(stage: Stage): Promise<Carried> {
  const { victim, twin } = stage
  if (victim === twin) return { detail: 'nobody else is there' }
  await victim.kill('rest')
  return { detail: `${victim.id} left` }
}
