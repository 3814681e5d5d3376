/**
 * The checkers, as a table: this list is what can be found.
 *
 * A new anomaly is its kind in `model/anomaly.ts`, one file here and one line below. The order is that of reports
 * and of "worst": what nobody can repair by looking at the receiver comes first.
 */
import type { Anomaly, AnomalyKind } from '../model/anomaly.ts'
import { deadLetteredAndApplied } from './dead-lettered-and-applied.ts'
import { diverged } from './diverged.ts'
import { duplicate } from './duplicate.ts'
import type { Evidence } from './effects.ts'
import { lost } from './lost.ts'
import { phantom } from './phantom.ts'
import { poisonLoop } from './poison-loop.ts'
import { stale } from './stale.ts'
import { stuck } from './stuck.ts'
import { torn } from './torn.ts'
import { wronglyDeadLettered } from './wrongly-dead-lettered.ts'

export interface Checker {
  readonly kind: AnomalyKind
  check(evidence: Evidence): Anomaly[]
}

export const checkers: readonly Checker[] = [
  { kind: 'lost', check: lost },
  { kind: 'duplicate', check: duplicate },
  { kind: 'torn', check: torn },
  { kind: 'diverged', check: diverged },
  { kind: 'stale', check: stale },
  { kind: 'dead-lettered-and-applied', check: deadLetteredAndApplied },
  { kind: 'phantom', check: phantom },
  { kind: 'wrongly-dead-lettered', check: wronglyDeadLettered },
  { kind: 'stuck', check: stuck },
  { kind: 'poison-loop', check: poisonLoop },
]

export function severityOf(kind: AnomalyKind): number {
  return checkers.findIndex((checker) => checker.kind === kind)
}
