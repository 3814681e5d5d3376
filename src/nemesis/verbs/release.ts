/** release: nothing is armed any more, and what is still withheld goes on its way. */
import type { Verb } from '../../model/fault.ts'
import type { Carried, Stage } from '../stage.ts'

export async function release(stage: Stage, { who }: Extract<Verb, { verb: 'release' }>): Promise<Carried> {
  stage.disarm(who)
  const whose = who === 'twin' ? stage.twin : stage.victim
  for (const connection of whose.connections()) {
    if (connection.isOpen) connection.release()
  }
  return { detail: `what was withheld of ${whose.id} went on` }
}
