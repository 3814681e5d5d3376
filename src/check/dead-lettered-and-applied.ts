/**
 * dead-lettered-and-applied: a message is among the dead letters, and its effects are there all the same.
 *
 * Who looks after dead letters sends them again or makes good for them by hand: then the effect is there twice. Only
 * declared effects that must be there once count: an attempt that a receiver without keys has seen is not undone by
 * giving up, and a table of failures is what a dead letter is expected to leave. A message of which several copies were
 * sent may end in both ways, and one whose effects are there in part is `torn` where nothing says that it may end so.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { Evidence } from './effects.ts'
import { identitiesOf, learnedOf } from './effects.ts'
import type { EffectFacts } from './facts.ts'
import { copiesOf, silenceCounts } from './fate.ts'
import type { MessageView } from './view.ts'
import { accuse } from './witness.ts'

export function deadLetteredAndApplied(evidence: Evidence): Anomaly[] {
  return evidence.messages.filter((message) => message.deadLetters.length > 0 && copiesOf(message) === 1
    && silenceCounts(evidence, message)).flatMap((message) => {
    const applied = evidence.effects.filter((effect) => isApplied(evidence, message, effect))
    const owed = evidence.effects.filter((effect) => counts(effect)
      && learnedOf(evidence, effect.name, message).low > 0)
    const [first] = applied
    if (first === undefined || applied.length < owed.length) return []
    return [accuse(message, {
      kind: 'dead-lettered-and-applied', effect: first.name,
      detail: `${message.id} is in ${message.deadLetters[0]?.queue ?? ''} and its effects are there: `
        + applied.map((effect) => effect.name).join(', '),
    })]
  })
}

function counts(effect: EffectFacts): boolean {
  // A row that newer messages write over does not say who wrote it.
  return effect.declared && effect.expectation === 'once' && effect.shared !== 'last'
}

function isApplied(evidence: Evidence, message: MessageView, effect: EffectFacts): boolean {
  const { low } = learnedOf(evidence, effect.name, message)
  return counts(effect) && low > 0 && identitiesOf(message, effect.name).size >= low
}
