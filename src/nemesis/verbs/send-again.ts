/** send-again: what was sent before goes out once more, as it was. */
import type { Verb } from '../../model/fault.ts'
import type { Carried, Stage } from '../stage.ts'

export async function sendAgain(
  stage: Stage, { as, what }: Extract<Verb, { verb: 'send-again' }>,
): Promise<Carried> {
  stage.flush()
  const outcome = await stage.sendAgain(as, what)
  return outcome === 'ok' ? { detail: 'sent again' } : { impossible: `the broker's answer was ${outcome}` }
}
