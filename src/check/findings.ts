/**
 * Anomalies grouped to what a person wants to read: one finding per anomaly, effect and schedule.
 *
 * A finding stands when it was seen again by a confirmation, or when its own witness is whole and no earlier fault of
 * the same train can be behind it. One that does neither is still listed, and makes the verdict inconclusive instead:
 * nothing that happened once turns into green.
 */
import { createHash } from 'node:crypto'
import type { Anomaly } from '../model/anomaly.ts'
import { eventsOf } from '../model/history.ts'
import type { Finding } from '../model/verdict.ts'
import { attemptsIn } from './exercise.ts'
import type { PointNames } from './points.ts'
import { severityOf } from './registry.ts'
import { isLasting } from './stale.ts'
import type { StepInfo, View } from './view.ts'
import { groupBy, isJudged } from './view.ts'

export const noFault = 'no fault'

/** Of a stranger whose step nobody saw. */
const unknown = 'unknown'

export interface Grouped {
  readonly finding: Finding
  /** Proves the violation by itself or together with its confirmation. */
  readonly stands: boolean
}

export function findingsOf(view: View, names: PointNames, anomalies: readonly Anomaly[]): Grouped[] {
  const signed = anomalies.map((anomaly) => ({ anomaly, signature: signatureOf(view, names, anomaly) }))
  const judged = signed.filter(({ anomaly }) => countsAsFinding(view, anomaly))
  const known = new Set(judged.map(({ signature }) => signature))
  // A replay has no sweep: what it set out to see again is a finding once it was seen.
  const again = signed.filter(({ anomaly, signature }) => !known.has(signature)
    && stepOf(view, anomaly)?.start.confirms === findingId(signature))
  const confirmations = confirmationsOf(view)
  return [...groupBy([...judged, ...again], ({ signature }) => signature)].flatMap(([signature, group]) => {
    const from = { signature, group: group.map(({ anomaly }) => anomaly), confirmations, anomalies }
    const grouped = groupFinding(view, names, from)
    return grouped === undefined ? [] : [grouped]
  }).sort((a, b) => severityOf(a.finding.anomaly) - severityOf(b.finding.anomaly)
    || compare(a.finding.effect, b.finding.effect) || compare(a.finding.point, b.finding.point)
    || compare(a.finding.fault, b.finding.fault) || compare(a.finding.id, b.finding.id))
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

export function stepOf(view: View, anomaly: Anomaly): StepInfo | undefined {
  return view.steps.find((step) => step.id === anomaly.step)
}

function countsAsFinding(view: View, anomaly: Anomaly): boolean {
  const step = stepOf(view, anomaly)
  if (step !== undefined) return isJudged(step.phase)
  const cells = new Set(view.finals.filter((event) => anomaly.witness.includes(event.seq)).map((event) => event.cell))
  return view.steps.some((other) => cells.has(other.cell) && isJudged(other.phase))
}

/**
 * The step to blame: a message that only came by, after a fault in the same cell, shows that fault's aftermath. In
 * the baseline nothing came before.
 */
function causeOf(step: StepInfo): StepInfo {
  if (step.phase === 'baseline' || step.phase === 'controls') return step
  for (let cause: StepInfo | undefined = step; cause !== undefined; cause = cause.previous) {
    if (cause.start.faults.length > 0) return cause
  }
  return step
}

function scheduleOf(view: View, names: PointNames, anomaly: Anomaly): Finding['schedule'] {
  const step = stepOf(view, anomaly)
  if (step === undefined) return [{ fault: unknown, point: unknown }]
  return causeOf(step).start.faults.map(({ fault, point }) => ({ fault, point: names.canonical(point, fault) }))
}

function signatureOf(view: View, names: PointNames, anomaly: Anomaly): string {
  const schedule = scheduleOf(view, names, anomaly).map(({ fault, point }) => [fault, point])
  return JSON.stringify([view.facts.suite?.name ?? '', anomaly.kind, anomaly.effect, schedule])
}

/** Eight characters of Crockford's base 32 of a hash: short enough to type, and equal on every run. */
export function findingId(signature: string): string {
  const digits = '0123456789abcdefghjkmnpqrstvwxyz'
  const hash = createHash('sha256').update(signature).digest()
  return [...hash.subarray(0, 8)].map((byte) => digits.charAt(byte % 32)).join('')
}

interface Group {
  readonly signature: string
  readonly group: readonly Anomaly[]
  readonly confirmations: readonly StepInfo[]
  readonly anomalies: readonly Anomaly[]
}

function groupFinding(view: View, names: PointNames, from: Group): Grouped | undefined {
  const strong = from.group.filter((anomaly) => stands(view, anomaly))
  const shown = strong[0] ?? from.group[0]
  if (shown === undefined) return undefined
  const id = findingId(from.signature)
  const schedule = scheduleOf(view, names, shown)
  const last = schedule.at(-1) ?? { fault: noFault, point: noFault }
  const confirmed = confirmedOf(from, id, shown)
  return {
    stands: strong.length > 0 || confirmed.k > 0,
    finding: {
      id,
      anomaly: shown.kind,
      effect: shown.effect,
      message: shown.message,
      point: last.point,
      points: names.all(last.point),
      fault: last.fault,
      context: contextOf(view, shown),
      detail: shown.detail,
      count: new Set(from.group.map((anomaly) => anomaly.message ?? anomaly.identity)).size,
      witness: shown.witness,
      confirmed,
      schedule,
    },
  }
}

/** Of the message that is shown; the grid has the other contexts. */
function contextOf(view: View, shown: Anomaly): string {
  const step = stepOf(view, shown)
  return step === undefined ? unknown : causeOf(step).start.context
}

function confirmationsOf(view: View): StepInfo[] {
  return view.steps.filter((step) => step.start.confirms !== undefined
    && step.end !== undefined && step.end !== 'aborted' && step.end !== 'not-exercised')
}

function confirmedOf(from: Group, id: string, shown: Anomaly): Finding['confirmed'] {
  const steps = from.confirmations.filter((step) => step.start.confirms === id)
  const again = steps.filter((step) => from.anomalies.some((anomaly) => (
    anomaly.step === step.id && anomaly.kind === shown.kind && anomaly.effect === shown.effect
  )))
  return { k: again.length, n: steps.length }
}

/** The train's own witness is whole, and the step before it had settled. */
function stands(view: View, anomaly: Anomaly): boolean {
  const step = stepOf(view, anomaly)
  if (anomaly.kind === 'phantom') return true
  if (step === undefined || (step.previous !== undefined && step.previous.end !== 'settled')) return false
  if (step.end === undefined || step.end === 'deviated' || step.end === 'aborted') return false
  if (anomaly.kind === 'duplicate' || anomaly.kind === 'diverged') return true
  if (anomaly.kind === 'stale') return isLasting(view, anomaly)
  if (!horizonWaited(view, step)) return false
  return anomaly.kind === 'stuck' || anomaly.kind === 'poison-loop'
    ? hadItsChance(view, step)
    : attemptsIn(step, false).every((attempt) => attempt.end === 'fired')
}

/** Silence proves something only once the whole settling time went by. */
function horizonWaited(view: View, step: StepInfo): boolean {
  const ofCell = view.facts.tails.filter((tail) => tail.cell === step.cell)
  const tails = ofCell.length > 0 ? ofCell : view.facts.tails
  return tails.length > 0 && tails.every((tail) => tail.waited >= tail.planned)
}

/**
 * After the last process that the harness itself ended, another one became ready, or ended by itself: it is the
 * subject that does not settle, not the harness that did not start it. And the step's faults did something.
 */
function hadItsChance(view: View, step: StepInfo): boolean {
  const ended = eventsOf(step.events, 'incarnation-exited').findLast((event) => event.because === 'fault')
  const since = ended?.seq ?? -Infinity
  const lively = view.history.some((event) => event.cell === step.cell && event.seq > since && (
    event.type === 'incarnation-ready' || (event.type === 'incarnation-exited' && event.because === undefined)
  ))
  return lively && attemptsIn(step, true).every((attempt) => attempt.end === 'fired')
}
