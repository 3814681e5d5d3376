/**
 * Effects that a message owes and does not have; the ground that `lost` and `torn` share.
 *
 * An open message is `stuck`, and what an at-most-once effect lacks is no debt.
 */
import type { EffectFacts } from './facts.ts'
import type { Evidence } from './effects.ts'
import { identitiesOf, learnedOf } from './effects.ts'
import { endedDeclared, fateOf, isUndecodable } from './fate.ts'
import { mayMiss } from './owed.ts'
import type { MessageView } from './view.ts'
import { isAccounted } from './undecodable.ts'
import { isInsert } from './rows.ts'

export interface Missing {
  readonly effect: EffectFacts
  readonly seen: number
  readonly owed: number
}

/** Includes at-most-once effects, which only an observation speaks of. */
export function missingOf(evidence: Evidence, message: MessageView): Missing[] {
  if (!mayMiss(evidence, message)) return []
  return evidence.effects.flatMap((effect) => lacking(evidence, message, effect) ?? [])
}

function lacking(evidence: Evidence, message: MessageView, effect: EffectFacts): Missing | undefined {
  const owed = learnedOf(evidence, effect.name, message).low
  const seen = identitiesOf(message, effect.name).size
  // A retry may need fewer updates than a first try; that none came at all is another matter.
  const tolerated = effect.kind === 'rows' && !isInsert(effect.name) && seen > 0
  return seen < owed && !tolerated ? { effect, seen, owed } : undefined
}

/** Came to its end with every effect that it owes, or ended where it may. What is too many is not looked at. */
export function isComplete(evidence: Evidence, message: MessageView): boolean {
  if (endedDeclared(evidence, message)) return true
  if (isUndecodable(message)) return isAccounted(evidence, message)
  const owed = evidence.effects.filter((effect) => effect.expectation !== 'at-most-once')
  return fateOf(evidence, message) === 'settled'
    && owed.every((effect) => lacking(evidence, message, effect) === undefined)
}

/** Missing effects that the suite holds the message to. */
export function debtsOf(evidence: Evidence, message: MessageView): Missing[] {
  return missingOf(evidence, message).filter(({ effect }) => effect.expectation !== 'at-most-once')
}
