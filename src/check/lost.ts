/**
 * lost: a message is settled and has no effect at all.
 *
 * Not for a message that is still open (`stuck`), nor for one of which something is there (`torn`), nor for one that
 * ended where the suite declares that messages may end.
 */
import type { Anomaly } from '../model/anomaly.ts'
import { swallowedRemark } from './attribution.ts'
import type { Evidence } from './effects.ts'
import { sharedNote } from './effects.ts'
import { finalSettlement, silenceCounts } from './fate.ts'
import { debtsOf } from './missing.ts'
import type { MessageView } from './view.ts'
import { isSwallowed } from './undecodable.ts'
import { accuse, settlementEffect } from './witness.ts'

export function lost(evidence: Evidence): Anomaly[] {
  return [...lostEffects(evidence), ...swallowedOnes(evidence)]
}

/** Undecodable, settled, and in none of the queues where the suite declares that such messages go. */
function swallowedOnes(evidence: Evidence): Anomaly[] {
  return evidence.messages.filter((message) => silenceCounts(evidence, message) && isSwallowed(evidence, message))
    .map((message) => accuse(message, {
      kind: 'lost',
      effect: settlementEffect,
      detail: `${message.id}, which can't be decoded, ${endOf(message)} and is in none of `
        + `${evidence.facts.suite?.deadLetter.join(', ') ?? 'the declared queues'}`,
    }))
}

function lostEffects(evidence: Evidence): Anomaly[] {
  return evidence.messages.filter((message) => message.finals.length === 0).flatMap((message) => (
    debtsOf(evidence, message).map(({ effect }) => accuse(message, {
      kind: 'lost',
      effect: effect.name,
      detail: `${message.id} ${endOf(message)} and `
        + (sharedNote(evidence, message, effect.name) ?? `no ${effect.name} of it is there`) + swallowedRemark(message),
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
