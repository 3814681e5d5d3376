/**
 * The judged result of a run in three values. `violated` dominates, then `inconclusive`; nothing unknown is green.
 */
import type { Anomaly, Doubt, Observation } from './anomaly.ts'
import type { FaultEnd } from './event.ts'

export type Verdict = 'certified' | 'violated' | 'inconclusive'

export const exitCodes = { certified: 0, violated: 1, inconclusive: 2, unable: 3, interrupted: 130 } as const

export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('violated')) return 'violated'
  if (verdicts.length === 0 || verdicts.includes('inconclusive')) return 'inconclusive'
  return 'certified'
}

/** One distinct signature: what went wrong, where, and how often it was seen again. */
export interface Finding {
  /** Stable over runs: made of suite, anomaly, effect, fault and point. */
  readonly id: string
  readonly anomaly: Anomaly['kind']
  readonly effect: string
  readonly message: string | undefined
  /** First name of the point, or `no fault`. */
  readonly point: string
  /** All names of the point. */
  readonly points: readonly string[]
  readonly fault: string
  readonly context: string
  readonly detail: string
  /** How many messages show it. */
  readonly count: number
  readonly witness: readonly number[]
  readonly confirmed: { readonly k: number; readonly n: number }
  /** Every one of the schedule's faults, in order. */
  readonly schedule: readonly { readonly fault: string; readonly point: string }[]
}

export interface PointRow {
  readonly point: string
  readonly also: readonly string[]
  readonly context: string
  readonly faults: Readonly<Record<string, PointCell>>
}

export interface PointCell {
  /** How often it was tried. */
  readonly planned: number
  readonly fired: number
  readonly worst: string | undefined
  /** The best that came of all tries; left out in results of older versions. */
  readonly end?: FaultEnd
  /** Of what did not fire: the evidence that it can't, or what kept it from firing. */
  readonly why?: string
}

/** A kind of fault of the scope that was not planned at all. */
export interface LeftOut {
  readonly fault: string
  readonly why: string
  /** `subject`: evidence that it can't happen to this subject; `suite`: the suite forbids it or lacks what it needs. */
  readonly by: 'subject' | 'suite'
}

export interface Judgement {
  readonly verdict: Verdict
  readonly points: { readonly k: number; readonly K: number }
  readonly faults: { readonly fired: number; readonly planned: number; readonly notApplicable: number }
  readonly grid: readonly PointRow[]
  readonly leftOut: readonly LeftOut[]
  readonly messages: {
    readonly sent: number
    readonly complete: number
    readonly deliveries: number
    readonly redeliveries: number
  }
  readonly findings: readonly Finding[]
  readonly observations: readonly Observation[]
  readonly doubts: readonly Doubt[]
  readonly controls: readonly {
    readonly effect: string
    readonly what: string
    readonly seen: boolean
    readonly how: string
  }[]
}
