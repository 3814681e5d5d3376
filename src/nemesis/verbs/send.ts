/** send: the producer sends further messages, each after the broker has taken the one before. */
import type { Verb } from '../../model/fault.ts'
import type { Carried, Stage } from '../stage.ts'

export async function send(stage: Stage, { what, count = 1 }: Extract<Verb, { verb: 'send' }>): Promise<Carried> {
  for (let i = 0; i < count; i += 1) {
    const outcome = await stage.send(what)
    if (outcome !== 'ok') return { impossible: `the broker's answer was ${outcome}` }
  }
  return { detail: `sent ${count} more (${what})` }
}
