/** send-again: the producer sends the same logical message once more. */
import type { Carried, Stage } from '../stage.ts'

export async function sendAgain(stage: Stage): Promise<Carried> {
  stage.flush()
  const outcome = await stage.sendAgain()
  return outcome === 'ok' ? { detail: 'sent again' } : { impossible: `the broker's answer was ${outcome}` }
}
