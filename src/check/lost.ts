/**
 * lost: a message is settled and has no effect at all.
 *
 * Not for a message that is still open (`stuck`), nor for one of which something is there (`torn`), nor for one that
 * ended where the suite declares that messages may end.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { Evidence } from './effects.ts'
import { finalSettlement } from './fate.ts'
import { debtsOf } from './missing.ts'
import type { MessageView } from './view.ts'
import { accuse } from './witness.ts'

export function lost(evidence: Evidence): Anomaly[] {
  return evidence.messages.filter((message) => message.finals.length === 0).flatMap((message) => (
    debtsOf(evidence, message).map(({ effect }) => accuse(message, {
      kind: 'lost',
      effect: effect.name,
      detail: `${message.id} ${endOf(message)} and no ${effect.name} of it is there`,
    }))
  ))
}

/** How the message ended, as half a sentence. */
export function endOf(message: MessageView): string {
  const dead = message.deadLetters.at(-1)
  if (dead !== undefined) return `ended in ${dead.queue}, where nothing says that it may,`
  const how = finalSettlement(message)?.how
  if (how === 'discard') return 'was discarded'
  return how === 'auto' ? 'was settled by being delivered' : 'was settled'
}
