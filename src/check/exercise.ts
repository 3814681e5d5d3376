/**
 * Whether planned faults came about, step by step.
 *
 * A `fault-ended` is the fault's own predicate speaking, and it is believed but for the floor of the design: a fault
 * that left the message open counts only when the message came back and was settled within the step. The exception
 * is the subject that never settles it: then the fault did its work, and the anomaly is the proof. Steps that the
 * harness gave up, or that had strayed from the baseline before the fault, prove nothing.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { EventOf, FaultEnd } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { isFinal, settles } from './fate.ts'
import type { StepInfo, View } from './view.ts'

/** One planned fault of one step, and how it came out. */
export interface Attempt {
  readonly step: StepInfo
  readonly fault: string
  readonly point: string
  readonly end: FaultEnd
  readonly why: string
}

/** Every fault that the sweep planned or carried out; one attempt per fault and point of each step. */
export function attemptsOf(view: View, anomalies: readonly Anomaly[]): Attempt[] {
  const open = new Set(anomalies.filter((anomaly) => anomaly.kind === 'stuck' || anomaly.kind === 'poison-loop')
    .map((anomaly) => anomaly.step))
  return view.steps.filter((step) => step.phase === 'sweep' || step.phase === 'recovery')
    .flatMap((step) => attemptsIn(step, open.has(step.id)))
}

export function attemptsIn(step: StepInfo, neverSettled: boolean): Attempt[] {
  const seen = [...step.start.faults, ...eventsOf(step.events, 'fault-armed'), ...eventsOf(step.events, 'fault-ended')]
  const distinct = new Map(seen.map(({ fault, point }) => [JSON.stringify([fault, point]), { fault, point }]))
  return [...distinct.values()].map((planned) => ({ step, ...planned, ...outcome(step, planned, neverSettled) }))
}

interface Planned {
  readonly fault: string
  readonly point: string
}

function outcome(step: StepInfo, planned: Planned, neverSettled: boolean): Pick<Attempt, 'end' | 'why'> {
  const ended = eventsOf(step.events, 'fault-ended').filter((event) => sameFault(event, planned))
  const acted = didOf(step, planned).length > 0
  if (neverSettled && (acted || ended.some((event) => event.end === 'fired'))) {
    return { end: 'fired', why: 'the message was never settled afterwards' }
  }
  const last = ended.at(-1)
  if (last === undefined) return { end: 'not-exercised', why: 'it never ended' }
  if (last.end !== 'fired') return { end: last.end, why: last.detail }
  if (step.end !== 'settled' && step.end !== 'unsettled') {
    return { end: 'not-exercised', why: `the step ended ${step.end ?? 'nowhere'}` }
  }
  return floorMet(step, planned)
    ? { end: 'fired', why: last.detail }
    : { end: 'not-exercised', why: 'the message was open and did not come back to be settled' }
}

function sameFault(event: Planned, planned: Planned): boolean {
  return event.fault === planned.fault && event.point === planned.point
}

function didOf(step: StepInfo, planned: Planned): EventOf<'fault-did'>[] {
  return eventsOf(step.events, 'fault-did').filter((event) => sameFault(event, planned))
}

/** Verbs that take something from the subject; after `kill` the broker has to hand the message over again. */
const violent: ReadonlySet<string> = new Set(['kill', 'stop', 'cut'])

function floorMet(step: StepInfo, planned: Planned): boolean {
  const blow = didOf(step, planned).findLast((event) => violent.has(event.verb))
  if (blow === undefined) return true
  return openAt(step, blow.seq).every((message) => {
    const back = eventsOf(step.events, 'delivered').some((event) => event.message === message && event.seq > blow.seq)
    return endedAfter(step, message, blow.seq) && (back || blow.verb !== 'kill' || landed(step, planned))
  })
}

/** What the dead one had asked for was done after its death: where that ends the message, it need not come back. */
function landed(step: StepInfo, planned: Planned): boolean {
  return didOf(step, planned).some((event) => event.verb === 'forward' && event.detail.startsWith('forwarded'))
}

function endedAfter(step: StepInfo, message: string, seq: number): boolean {
  return step.events.some((event) => event.seq > seq && (
    (event.type === 'settled' && event.message === message && isFinal(event.how))
    || (event.type === 'dead-letter-observed' && event.message === message)
  ))
}

/** Messages of the step that were with the subject at that moment, not settled. */
function openAt(step: StepInfo, seq: number): string[] {
  const delivered = eventsOf(step.events, 'delivered')
  return step.start.messages.filter((message) => {
    const last = delivered.findLast((event) => event.message === message && event.seq < seq)
    if (last === undefined) return false
    return !eventsOf(step.events, 'settled').some((event) => (
      settles(event, last) && event.seq < seq && isFinal(event.how)
    ))
  })
}

/** A process was killed while it had the message: the broker must deliver it again. */
export function killedWhileOpen(step: StepInfo): boolean {
  return eventsOf(step.events, 'fault-did').some((event) => event.verb === 'kill' && openAt(step, event.seq).length > 0)
}
