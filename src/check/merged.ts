/**
 * Whether points that were merged into one world show the same when they are struck on their own.
 *
 * A step of the sweep whose point is another name of a point (plan/merge-check.ts plans them) is held against the
 * steps at that point's first name, same fault and context. What is compared is the set of anomalies and effects of
 * the step's message, not the verdict. Steps whose fault did not fire prove nothing and are not counted.
 */
import type { History } from '../model/history.ts'
import { evidenceOf, type Evidence } from './effects.ts'
import { attemptsIn, type Attempt } from './exercise.ts'
import { anomaliesIn } from './judge.ts'
import { pointNames } from './points.ts'
import { checkers, type Checker } from './registry.ts'
import { groupBy } from './view.ts'

export interface MergeCheck {
  /** Merged names that were struck, with a point to hold them against. */
  readonly checked: number
  readonly disagreed: number
  /** One sentence for each disagreement. */
  readonly where: readonly string[]
}

/** Total: what can't be compared has not been seen to agree. */
export function compareMerged(history: History, table: readonly Checker[] = checkers): MergeCheck {
  try {
    return compare(history, table)
  } catch (error) {
    return { checked: 0, disagreed: 1, where: [failureOf(error)] }
  }
}

/** A sentence for a comparison that could not be made. */
export function failureOf(error: unknown): string {
  const said = error instanceof Error ? error.message : 'something that is no error was thrown'
  return `the comparison failed, which is a bug of ours: ${said}`
}

function compare(history: History, table: readonly Checker[]): MergeCheck {
  const evidence = evidenceOf(history)
  const shown = shownBy(evidence, table)
  const names = pointNames(evidence)
  const byPlace = groupBy(singleStrikes(evidence, shown), (attempt) => placeOf(attempt, attempt.point))
  let checked = 0
  const where: string[] = []
  for (const own of byPlace.values()) {
    const [one] = own
    if (one === undefined) continue
    const { fault, point, step } = one
    const first = names.canonical(point, fault)
    const same = first === point ? undefined : byPlace.get(placeOf({ fault, step }, first))
    if (same === undefined) continue
    checked += 1
    const [here, there] = [listedAs(own, shown), listedAs(same, shown)]
    if (here !== there) where.push(`${fault} at ${point}: ${here}; at ${first}: ${there}`)
  }
  return { checked, disagreed: where.length, where }
}

function placeOf({ fault, step }: Pick<Attempt, 'fault' | 'step'>, point: string): string {
  return JSON.stringify([fault, point, step.start.context])
}

/** `anomaly effect` of every step. */
export type Shown = ReadonlyMap<string, ReadonlySet<string>>

export function shownBy(evidence: Evidence, table: readonly Checker[] = checkers): Shown {
  const shown = new Map<string, Set<string>>()
  for (const { step, kind, effect } of anomaliesIn(evidence, table)) {
    if (step === undefined) continue
    const kinds = shown.get(step) ?? new Set<string>()
    kinds.add(`${kind} of ${effect}`)
    shown.set(step, kinds)
  }
  return shown
}

/** Steps of the sweep with one fault, which fired. */
function singleStrikes(evidence: Evidence, shown: Shown): Attempt[] {
  return evidence.steps.filter((step) => step.phase === 'sweep' && step.start.faults.length === 1)
    .flatMap((step) => attemptsIn(step, isOpen(shown.get(step.id)))).filter((attempt) => attempt.end === 'fired')
}

/** A message that is never settled is the fault's doing, so the fault fired there too. */
export function isOpen(kinds: ReadonlySet<string> | undefined): boolean {
  return [...kinds ?? []].some((kind) => kind.startsWith('stuck ') || kind.startsWith('poison-loop '))
}

function listedAs(attempts: readonly Attempt[], shown: Shown): string {
  const kinds = new Set(attempts.flatMap(({ step }) => [...shown.get(step.id) ?? []]))
  return kinds.size === 0 ? 'nothing wrong' : [...kinds].sort().join(', ')
}
