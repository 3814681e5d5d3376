/**
 * duplicate: one message has the same effect more than once.
 *
 * Judges committed effects by identity, never deliveries or statements: a redelivery whose second insert meets a
 * unique key is how a correct consumer works. Different content under one identity is `diverged`, not this. More
 * identities than the fault-free messages have are a duplicate too: that is what an id drawn at random looks like.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { EffectFacts } from './facts.ts'
import type { Evidence, Learned } from './effects.ts'
import { identitiesOf, learnedOf, sharedNote } from './effects.ts'
import { allowanceOf } from './fate.ts'
import { zombieRemark } from './attribution.ts'
import { agree } from './diverged.ts'
import { deleteOf, isInsert } from './rows.ts'
import type { EffectEvent, MessageView } from './view.ts'
import { accuse } from './witness.ts'

export function duplicate(evidence: Evidence): Anomaly[] {
  const effects = evidence.effects.filter((effect) => effect.expectation !== 'at-least-once')
  return evidence.messages.flatMap((message) => effects.flatMap((effect) => (
    repeats(evidence, message, effect).filter((repeat) => repeat.seen > repeat.limit * allowanceOf(evidence, message))
      .map(({ told }) => accuse(message, {
        kind: 'duplicate', effect: effect.name, ...told, detail: told.detail + zombieRemark(message),
      }))
  )))
}

export interface Repeat {
  readonly seen: number
  /** How often it may be there for one copy of the message. */
  readonly limit: number
  readonly told: { readonly identity?: string; readonly detail: string }
}

/** Everything that is there more often than one copy of the message accounts for, whatever the contract says. */
export function repeats(evidence: Evidence, message: MessageView, effect: EffectFacts): Repeat[] {
  const learned = learnedOf(evidence, effect.name, message)
  const identities = identitiesOf(message, effect.name)
  const same = [...identities].filter(([, events]) => events.length > 1 && agree(events, learned))
    .map(([identity, events]) => {
      const repeat = sameIdentity(effect, identity, events)
      const note = sharedNote(evidence, message, effect.name)
      return note === undefined ? repeat : { ...repeat, told: { ...repeat.told, detail: note } }
    })
  return [...same, ...moreIdentities(evidence, { message, effect, learned, seen: identities.size })]
}

function sameIdentity(effect: EffectFacts, identity: string, events: readonly EffectEvent[]): Repeat {
  const detail = `${effect.name} ${identity} is there ${events.length} times`
  return { seen: events.length, limit: 1, told: { identity, detail } }
}

interface Count {
  readonly message: MessageView
  readonly effect: EffectFacts
  readonly learned: Learned
  readonly seen: number
}

function moreIdentities(evidence: Evidence, { message, effect, learned, seen }: Count): Repeat[] {
  if (learned.high === 0 || seen <= learned.high) return []
  if (effect.kind === 'rows' && !rowsStayed(evidence, message, effect)) return []
  const detail = `${effect.name} is there ${seen} times under different identities; `
    + `a fault-free message has ${learned.high}`
  return [{ seen, limit: learned.high, told: { detail } }]
}

/** Of undeclared rows only added ones accuse: a second update may rewrite the same state, a deleted row is gone. */
function rowsStayed(evidence: Evidence, message: MessageView, effect: EffectFacts): boolean {
  if (!isInsert(effect.name)) return false
  const gone = deleteOf(effect.name)
  return identitiesOf(message, gone).size <= learnedOf(evidence, gone, message).high
}
