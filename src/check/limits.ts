/**
 * What was measured outside the contract: what further copies did that nothing promises to send or to bear, and what
 * became of messages that can't be decoded where the suite says nothing of them. Good news is news: it is what a
 * contract could promise. One line per kind of copy and effect.
 */
import type { Observation } from '../model/anomaly.ts'
import type { SentAs } from '../model/event.ts'
import { divergences } from './diverged.ts'
import { repeats } from './duplicate.ts'
import type { Evidence } from './effects.ts'
import type { EffectFacts } from './facts.ts'
import { allowanceOf, isUndecodable, outsideContract } from './fate.ts'
import { undoings } from './stale.ts'
import { isComplete } from './missing.ts'
import { badEndOf, declaresEnd, measuringSteps } from './undecodable.ts'
import type { MessageView } from './view.ts'
import { isJudged } from './view.ts'

const copyKinds = ['retry', 'replay', 'late'] as const
type CopyKind = Exclude<SentAs, 'undecodable'>

export function copyLimits(evidence: Evidence): Observation[] {
  return copyKinds.flatMap((kind) => {
    const copied = evidence.messages.filter((message) => isJudged(message.phase)
      && outsideContract(evidence, message).some((event) => (event.as ?? 'retry') === kind)
      // A copy that never got to the subject has measured nothing.
      && message.deliveries.length > 1)
    if (copied.length === 0) return []
    const undone = new Set(undoings(evidence).filter(({ measured }) => measured).map(({ older, row }) => (
      JSON.stringify([row.effect.name, older.id])
    )))
    const effects = evidence.effects.filter((effect) => effect.declared || effect.kind !== 'rows'
      || copied.some((message) => bears(evidence, message, effect) === false))
    return effects.map((effect): Observation => {
      const bad = copied.filter((message) => !bears(evidence, message, effect))
      const overwritten = copied.filter((message) => undone.has(JSON.stringify([effect.name, message.id])))
      const detail = limitText(evidence, { kind, effect: effect.name, bad, overwritten, copied })
      return { kind: 'limit', detail, count: Math.max(bad.length, overwritten.length) || copied.length }
    })
  })
}

/** The effect is there once, whatever came. */
function bears(evidence: Evidence, message: MessageView, effect: EffectFacts): boolean {
  const allowed = allowanceOf(evidence, message)
  return !repeats(evidence, message, effect).some((repeat) => repeat.seen <= repeat.limit * allowed)
    && !divergences(evidence, message, effect).some((found) => found.seen > 1)
}

interface Measured {
  readonly kind: CopyKind
  readonly effect: string
  readonly bad: readonly MessageView[]
  readonly overwritten: readonly MessageView[]
  readonly copied: readonly MessageView[]
}

function limitText(evidence: Evidence, { kind, effect, bad, overwritten, copied }: Measured): string {
  const contract = evidence.facts.suite?.contract
  const source = {
    retry: 'a second copy from the producer', replay: 'a replay of settled messages',
    late: 'a copy that comes after the time of remembering',
  }[kind]
  const declared = kind === 'retry' ? contract?.producerDuplicates === true : contract?.replayWithinMs !== undefined
  const windowed = declared && contract?.dedupWindowMs !== undefined
  const why = windowed ? `the contract promises to remember for ${contract.dedupWindowMs ?? 0} ms only`
    : kind === 'retry' ? 'the contract does not say that the producer may send twice'
    : 'the contract declares no replay that reaches so far'
  const of = (some: readonly MessageView[]): string => `${some.length} of ${copied.length} messages`
  if (overwritten.length > 0) return `${source} undoes newer messages in ${effect} (${of(overwritten)}); ${why}`
  if (bad.length > 0) return `${source} doubles ${effect} (${of(bad)}); ${why}`
  return `${source} is kept out of ${effect} (${of(copied)}); ${why}`
}

const ends = [
  ['dead-lettered', 'dead-lettered'], ['refused', 'refused for good'], ['acknowledged', 'acknowledged'],
  ['open', 'given back and left open'], ['unseen', 'never seen at the subject'],
] as const

/** Where the suite declares no place for them. */
export function undecodableEnds(evidence: Evidence): Observation[] {
  if (declaresEnd(evidence)) return []
  const bad = evidence.messages.filter((message) => isJudged(message.phase) && isUndecodable(message))
  return [...ends.flatMap(([end, words]): Observation[] => {
    const count = bad.filter((message) => badEndOf(evidence, message) === end).length
    const detail = `messages that can't be decoded are ${words} (${count} of ${bad.length}); `
      + 'expect.deadLetter and expect.reject say nothing of them'
    return count === 0 ? [] : [{ kind: 'limit', detail, count } satisfies Observation]
  }), ...takenAlong(evidence)]
}

/** Good ones beside a bad one that did not come to their end. */
function takenAlong(evidence: Evidence): Observation[] {
  const measuring = measuringSteps(evidence)
  const good = evidence.messages.filter((message) => isJudged(message.phase) && measuring.has(message.step.id)
    && !isUndecodable(message))
  const taken = good.filter((message) => !isComplete(evidence, message))
  if (taken.length === 0) return []
  const detail = `a message that can't be decoded takes its neighbours along: ${taken.length} of ${good.length} did `
    + 'not come to their end; declare expect.deadLetter or expect.reject to have it judged'
  return [{ kind: 'limit', detail, count: taken.length }]
}
