/** start: the next incarnation takes over, a spare where there is one; the next version where the program says so. */
import type { Verb } from '../../model/fault.ts'
import type { Carried, Stage } from '../stage.ts'

export async function start(stage: Stage, { version }: Extract<Verb, { verb: 'start' }>): Promise<Carried> {
  await stage.startSuccessor(version ?? 'current')
  return { detail: version === undefined ? 'a successor was started' : 'the next version was started' }
}
