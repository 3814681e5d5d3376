/**
 * A history sorted by what is asked of it: steps, messages with all that happened to them, final readings by cell.
 *
 * Nothing is judged here. The one decision taken is which final readings count: a cell can be read more than once,
 * and only the rows of its last whole reading are compared, else each row would seem to be there twice.
 */
import type { Event, EventOf, Phase, StepEnd } from '../model/event.ts'
import type { History } from '../model/history.ts'
import { eventsOf, stepsOf } from '../model/history.ts'
import type { EffectFacts, Facts } from './facts.ts'
import { factsOf } from './facts.ts'

export type EffectEvent = EventOf<'effect-observed'>

export interface StepInfo {
  readonly id: string
  readonly cell: string
  readonly phase: Phase
  readonly start: EventOf<'step-started'>
  /** Undefined: the journal ends before it did. */
  readonly end: StepEnd | undefined
  readonly events: History
  /** The step before it in the same cell. */
  readonly previous: StepInfo | undefined
}

export interface MessageView {
  readonly id: string
  readonly step: StepInfo
  readonly cell: string
  readonly phase: Phase
  readonly sends: readonly EventOf<'sent'>[]
  readonly deliveries: readonly EventOf<'delivered'>[]
  readonly settlements: readonly EventOf<'settled'>[]
  readonly deadLetters: readonly EventOf<'dead-letter-observed'>[]
  readonly finals: readonly EffectEvent[]
  readonly live: readonly EffectEvent[]
}

export interface View {
  readonly history: History
  readonly facts: Facts
  /** The suite's effects, then those that only the differential oracle saw. */
  readonly effects: readonly EffectFacts[]
  readonly steps: readonly StepInfo[]
  readonly messages: readonly MessageView[]
  /** Every id that was ever sent or planned. */
  readonly known: ReadonlySet<string>
  /** Sent outside any step: nobody can say what they were for. */
  readonly strays: readonly string[]
  readonly finals: readonly EffectEvent[]
  readonly live: readonly EffectEvent[]
  /** Somebody looked into dead letter queues, ever. */
  readonly readDeadLetters: boolean
  /** `seq` up to which a cell's effects have been read back. */
  readonly readAt: ReadonlyMap<string, number>
}

/** Phases whose messages are held to the contract. Planted bugs and confirmations are counted elsewhere. */
const judgedPhases: ReadonlySet<Phase> = new Set<Phase>(['baseline', 'sweep', 'recovery', 'settle'])

export function isJudged(phase: Phase): boolean {
  return judgedPhases.has(phase)
}

export function viewOf(history: History): View {
  const facts = factsOf(history)
  const steps = stepInfos(history)
  const { finals, readAt } = readings(history)
  const live = eventsOf(history, 'effect-observed').filter((event) => event.reading === 'live')
  const home = stepByMessage(history, steps)
  const sent = eventsOf(history, 'sent')
  return {
    history,
    facts,
    effects: effectsOf(facts, finals),
    steps,
    messages: messageViews(history, home, { finals, live }),
    known: new Set([...home.keys(), ...sent.map((event) => event.message)]),
    strays: [...new Set(sent.map((event) => event.message))].filter((id) => !home.has(id)),
    finals,
    live,
    readDeadLetters: facts.deadLettersRead.size > 0 || eventsOf(history, 'dead-letter-observed').length > 0,
    readAt,
  }
}

function stepInfos(history: History): StepInfo[] {
  const last = new Map<string, StepInfo>()
  const infos: StepInfo[] = []
  for (const { step, events } of stepsOf(history)) {
    const [start] = eventsOf(events, 'step-started')
    if (start === undefined) continue
    const info: StepInfo = {
      id: step,
      cell: start.cell,
      phase: start.phase,
      start,
      end: eventsOf(events, 'step-ended').at(-1)?.reason,
      events,
      previous: last.get(start.cell),
    }
    last.set(start.cell, info)
    infos.push(info)
  }
  return infos
}

/** The first step that plans a message owns it; one that no step plans belongs to the step it was sent in. */
function stepByMessage(history: History, steps: readonly StepInfo[]): Map<string, StepInfo> {
  const home = new Map<string, StepInfo>()
  const byId = new Map(steps.map((step) => [step.id, step]))
  for (const step of steps) {
    for (const message of step.start.messages) if (!home.has(message)) home.set(message, step)
  }
  for (const event of eventsOf(history, 'sent')) {
    const step = event.step === undefined ? undefined : byId.get(event.step)
    if (step !== undefined && !home.has(event.message)) home.set(event.message, step)
  }
  return home
}

function messageViews(
  history: History, home: ReadonlyMap<string, StepInfo>, effects: Pick<View, 'finals' | 'live'>,
): MessageView[] {
  const sends = byMessage(eventsOf(history, 'sent'))
  const deliveries = byMessage(eventsOf(history, 'delivered'))
  const settlements = byMessage(eventsOf(history, 'settled'))
  const deadLetters = byMessage(eventsOf(history, 'dead-letter-observed'))
  const finals = byMessage(effects.finals)
  const live = byMessage(effects.live)
  return [...home].map(([id, step]) => ({
    id,
    step,
    cell: step.cell,
    phase: step.phase,
    sends: sends.get(id) ?? [],
    deliveries: deliveries.get(id) ?? [],
    settlements: settlements.get(id) ?? [],
    deadLetters: deadLetters.get(id) ?? [],
    finals: finals.get(id) ?? [],
    live: live.get(id) ?? [],
  }))
}

function byMessage<T extends { readonly message: string | undefined }>(events: readonly T[]): Map<string, T[]> {
  return groupBy(events.filter((event) => event.message !== undefined), (event) => event.message ?? '')
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/**
 * A whole reading of a cell ends with `backlog-observed`: the last one with rows in it counts. Rows that no backlog
 * follows are a reading of their own only where nothing better is there; and a run that did not come to a proper end
 * has not read such a cell, since nobody can say what a half-done reading leaves out.
 */
function readings(history: History): Pick<View, 'finals' | 'readAt'> {
  const ended = eventsOf(history, 'run-ended').at(-1)?.reason
  const proper = ended === undefined || ended === 'completed' || ended === 'budget'
  const finals: EffectEvent[] = []
  const readAt = new Map<string, number>()
  const relevant = history.filter((event) => event.type === 'backlog-observed'
    || (event.type === 'effect-observed' && event.reading === 'final'))
  for (const [cell, events] of groupBy(relevant, (event) => event.cell)) {
    const { whole, open, mark } = splitReadings(events)
    const last = whole.findLast((reading) => reading.rows.length > 0)
    if (last !== undefined || open.length === 0) {
      finals.push(...last?.rows ?? [])
      if (mark !== undefined) readAt.set(cell, last?.mark ?? mark)
    } else {
      finals.push(...open)
      if (proper) readAt.set(cell, Math.max(...open.map((event) => event.seq)))
    }
  }
  return { finals: finals.sort((a, b) => a.seq - b.seq), readAt }
}

interface Readings {
  readonly whole: readonly { readonly rows: readonly EffectEvent[]; readonly mark: number }[]
  /** Rows after the last mark. */
  readonly open: readonly EffectEvent[]
  readonly mark: number | undefined
}

function splitReadings(events: readonly Event[]): Readings {
  const whole: { readonly rows: readonly EffectEvent[]; readonly mark: number }[] = []
  let open: EffectEvent[] = []
  for (const event of events) {
    if (event.type === 'effect-observed') open.push(event)
    if (event.type !== 'backlog-observed') continue
    whole.push({ rows: open, mark: event.seq })
    open = []
  }
  return { whole, open, mark: whole.at(-1)?.mark }
}

function effectsOf(facts: Facts, finals: readonly EffectEvent[]): EffectFacts[] {
  const declared = facts.suite?.effects ?? []
  const names = new Set(declared.map((effect) => effect.name))
  const others = [...new Set(finals.map((event) => event.effect))].filter((name) => !names.has(name)).sort()
  return [...declared, ...others.map((name): EffectFacts => (
    { name, expectation: 'once', kind: 'rows', declared: false }
  ))]
}
