/**
 * diverged: an effect is there with content that it should not have.
 *
 * Either one identity has two contents, or its only content is none of those that the fault-free messages show.
 * Columns that vary without any fault say nothing. Content of undeclared rows is not judged here: an attempt counter
 * or an audit table differs for good reasons, so `doubts.ts` asks to declare it.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { EffectFacts } from './facts.ts'
import type { Evidence, Learned } from './effects.ts'
import { identitiesOf, learnedOf, shapeOf } from './effects.ts'
import { allowanceOf } from './fate.ts'
import type { EffectEvent, MessageView } from './view.ts'
import { accuse } from './witness.ts'

export function diverged(evidence: Evidence): Anomaly[] {
  const effects = evidence.effects.filter((effect) => effect.kind !== 'rows')
  return [...strangeRows(evidence), ...evidence.messages.flatMap((message) => effects.flatMap((effect) => (
    divergences(evidence, message, effect)
      .filter((found) => found.seen === 1 || found.seen > allowanceOf(evidence, message))
      .map(({ identity, detail }) => accuse(message, { kind: 'diverged', effect: effect.name, identity, detail }))
  )))]
}

/** A shared row that no message explains is told of the one that came most often, or last. */
function strangeRows(evidence: Evidence): Anomaly[] {
  return evidence.shared.flatMap(({ row, strange }) => {
    const culprit = row.messages.toSorted((a, b) => a.deliveries.length - b.deliveries.length).at(-1)
    if (strange === undefined || culprit === undefined) return []
    return [accuse(culprit, { kind: 'diverged', effect: row.effect.name, identity: row.key, detail: strange })]
  })
}

/** All readings tell the same in the columns that mean something. */
export function agree(events: readonly EffectEvent[], learned: Learned): boolean {
  const columns = meaningful(events, learned)
  return new Set(events.map((event) => shapeOf(event.content, columns))).size <= 1
}

/** Columns of a reading that the baseline shows; all of them while nothing was learned. */
function meaningful(events: readonly EffectEvent[], learned: Learned): readonly string[] {
  return learned.stable ?? [...new Set(events.flatMap((event) => Object.keys(event.content)))].sort()
}

export interface Divergence {
  readonly seen: number
  readonly identity: string
  readonly detail: string
}

export function divergences(evidence: Evidence, message: MessageView, effect: EffectFacts): Divergence[] {
  const learned = learnedOf(evidence, effect.name, message)
  return [...identitiesOf(message, effect.name)].flatMap(([identity, events]) => {
    const name = `${effect.name} ${identity}`
    if (!agree(events, learned)) {
      const columns = differing(events, meaningful(events, learned))
      const detail = `${name} is there ${events.length} times with different content: ${columns.join(', ')}`
      return [{ seen: events.length, identity, detail }]
    }
    const columns = strange(events.slice(0, 1), learned)
    if (columns.length === 0) return []
    return [{ seen: 1, identity, detail: `${name} has content that no fault-free message has: ${columns.join(', ')}` }]
  })
}

function differing(events: readonly EffectEvent[], columns: readonly string[]): string[] {
  return columns.filter((column) => new Set(events.map((event) => shapeOf(event.content, [column]))).size > 1)
}

/** Columns whose value no baseline message has; all of them when only their combination is new. */
function strange(events: readonly EffectEvent[], learned: Learned): readonly string[] {
  const { stable, shapes } = learned
  if (stable === undefined) return []
  const known = events.every((event) => shapes.has(shapeOf(event.content, stable)))
  if (known) return []
  const single = stable.filter((column) => events.some((event) => {
    const value = shapeOf(event.content, [column]).slice(1, -1)
    return ![...shapes].some((shape) => shape.includes(value))
  }))
  return single.length > 0 ? single : stable
}
