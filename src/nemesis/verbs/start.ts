/** start: the next incarnation takes over, a spare where there is one. */
import type { Carried, Stage } from '../stage.ts'

export async function start(stage: Stage): Promise<Carried> {
  await stage.startSuccessor()
  return { detail: 'a successor was started' }
}
