/**
 * What a journal says about one finding: the steps it happened in, who took part, and what was read back in the end.
 *
 * Judges nothing: which events prove the finding was decided by the checker that wrote its witness. A message that only
 * came by after a fault shows that fault's aftermath, so the step that the fault struck in is shown before its own.
 */
import type { Event, EventOf } from '../../model/event.ts'
import { eventsOf, stepsOf, type History, type StepView } from '../../model/history.ts'
import type { SuiteReport } from '../../store/report-schema.ts'

export type FindingReport = SuiteReport['findings'][number]

/** A history, looked through once for all findings of its suite. */
export interface HistoryIndex {
  readonly history: History
  readonly bySeq: ReadonlyMap<number, Event>
  readonly steps: ReadonlyMap<string, StepView>
  /** Link of a connection. */
  readonly links: ReadonlyMap<string, string>
  /** Links that messages come over. */
  readonly sources: readonly string[]
}

export interface Evidence {
  readonly index: HistoryIndex
  readonly finding: FindingReport
  /** Events of the steps that are shown, in order. */
  readonly events: History
  readonly messages: ReadonlySet<string>
  /** What they are called where there are several: A, B, C, in the order of their first sends. */
  readonly letters: ReadonlyMap<string, string>
  /** What was read back of the message after everything was quiet. */
  readonly finals: readonly EventOf<'effect-observed'>[]
  readonly startMs: number
  /** When the last fault struck. */
  readonly struckMs: number | undefined
}

export function indexOf(history: History): HistoryIndex {
  const links = new Map([
    ...eventsOf(history, 'connection-opened').map((event): [string, string] => [event.connection, event.link]),
    ...eventsOf(history, 'operation-started').map((event): [string, string] => [event.connection, event.link]),
  ])
  const sources = eventsOf(history, 'delivered').flatMap((event) => links.get(event.connection) ?? [])
  return {
    history, links, sources: [...new Set(sources)],
    bySeq: new Map(history.map((event) => [event.seq, event])),
    steps: new Map(stepsOf(history).map((step) => [step.step, step])),
  }
}

export function evidenceOf(index: HistoryIndex, finding: FindingReport): Evidence {
  const witness = finding.witness.flatMap((seq) => index.bySeq.get(seq) ?? [])
  const own = stepOf(index, witness)
  const steps = own === undefined ? [] : withCause(index, own, finding)
  const events = steps.flatMap((step) => step.events)
  const planned = eventsOf(events, 'step-started').flatMap((event) => event.messages)
  const sent = eventsOf(events, 'sent').map((event) => event.message)
  const messages = new Set([...sent, ...planned, ...finding.message === null ? [] : [finding.message]])
  return {
    index, finding, events, messages, letters: lettersOf(messages),
    finals: eventsOf(witness, 'effect-observed').filter((event) => event.reading === 'final'),
    startMs: events[0]?.atMs ?? witness[0]?.atMs ?? 0,
    struckMs: eventsOf(events, 'fault-held').at(-1)?.atMs ?? eventsOf(events, 'fault-did').at(-1)?.atMs,
  }
}

function lettersOf(messages: ReadonlySet<string>): Map<string, string> {
  if (messages.size < 2) return new Map()
  return new Map([...messages].map((message, i) => [message, i < 26 ? String.fromCharCode(65 + i) : `no. ${i + 1}`]))
}

/** The step that most of the witness belongs to. */
function stepOf(index: HistoryIndex, witness: History): StepView | undefined {
  const counts = new Map<string, number>()
  for (const { step } of witness) if (step !== undefined) counts.set(step, (counts.get(step) ?? 0) + 1)
  const [most] = [...counts].sort((a, b) => b[1] - a[1])
  return most === undefined ? undefined : index.steps.get(most[0])
}

function withCause(index: HistoryIndex, own: StepView, finding: FindingReport): StepView[] {
  if (finding.schedule.length === 0 || hasFaults(own)) return [own]
  const cell = own.events[0]?.cell
  const before = [...index.steps.values()].filter((step) => step.events[0]?.cell === cell)
  const cause = before.slice(0, before.indexOf(own)).findLast(hasFaults)
  return cause === undefined ? [own] : [cause, own]
}

function hasFaults(step: StepView): boolean {
  return eventsOf(step.events, 'step-started').some((event) => event.faults.length > 0)
}
