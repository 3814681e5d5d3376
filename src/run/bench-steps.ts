/**
 * What the steps of a sweep cost and of what that is made, out of a campaign's events alone.
 *
 * A step's time begins where its cell's step before it has ended, so that making a victim ready is part of it, and its
 * parts follow each other without gaps: each stretch of time is named after the event that ended it. What no step of
 * any cell used is told apart. Nothing is judged here.
 */
import { eventsOf, type History } from '../model/history.ts'
import type { Event, EventOf, Phase } from '../model/event.ts'

/**
 * `ready`: a victim in the wanted context; `reach`: to the point; `fault`: the verbs themselves; `start`: from the
 * order to start to the first consuming; `work`: deliveries, operations, settlements; `wait`: time that a fault lets go
 * by, and silences that say that nothing more comes; `read`: from the last activity to the step's end.
 */
export const partNames = ['ready', 'reach', 'fault', 'start', 'work', 'wait', 'read'] as const

export type PartName = (typeof partNames)[number]
export type Parts = Readonly<Record<PartName, number>>

export interface StepCost {
  /** Without its variant; of two faults the last; `none` in a step that only warms up. */
  readonly fault: string
  readonly context: string
  readonly parts: Parts
}

export interface FaultCost {
  readonly fault: string
  /** Of fault and point in a context, as planned and as found on the way. */
  readonly points: number
  readonly steps: number
  /** Milliseconds of a cell, by part, in all steps together. */
  readonly parts: Parts
}

export interface SweepCost {
  /** Distinct points in their contexts. */
  readonly points: number
  readonly steps: number
  /** Milliseconds of the sweep, by the clock. */
  readonly wallMs: number
  /** Milliseconds of each phase of the campaign, by the clock. */
  readonly phases: Readonly<Record<string, number>>
  /** What costs most comes first. */
  readonly faults: readonly FaultCost[]
  readonly all: Parts
}

export const noFault = 'none'

const sweepPhases: ReadonlySet<Phase> = new Set(['sweep', 'recovery'])

export function sweepCost(history: History): SweepCost {
  const steps = stepCosts(history)
  const points = eventsOf(history, 'point-found')
  const places = new Map<string, Set<string>>()
  for (const { point, context, faults } of points) {
    for (const fault of faults) {
      const own = places.get(baseOf(fault)) ?? new Set()
      places.set(baseOf(fault), own.add(`${fault} ${context} ${point}`))
    }
  }
  const faults = [...Map.groupBy(steps, (step) => step.fault)].map(([fault, own]): FaultCost => ({
    fault, points: places.get(fault)?.size ?? 0, steps: own.length, parts: added(own.map(({ parts }) => parts)),
  }))
  const phases = phaseTimes(history)
  return {
    points: new Set(points.map(({ point, context }) => `${context} ${point}`)).size, steps: steps.length,
    wallMs: phases['sweep'] ?? 0, phases,
    faults: faults.toSorted((a, b) => totalOf(b.parts) - totalOf(a.parts)),
    all: added(steps.map(({ parts }) => parts)),
  }
}

export function totalOf(parts: Parts): number {
  return partNames.reduce((sum, name) => sum + parts[name], 0)
}

function added(all: readonly Parts[]): Parts {
  const sum = (name: PartName): number => all.reduce((total, parts) => total + parts[name], 0)
  return {
    ready: sum('ready'), reach: sum('reach'), fault: sum('fault'), start: sum('start'), work: sum('work'),
    wait: sum('wait'), read: sum('read'),
  }
}

/** `error` of `error 40P01`: one fault's variants are one row. */
function baseOf(fault: string): string {
  return fault.split(' ')[0] ?? fault
}

function phaseTimes(history: History): Record<string, number> {
  const began = new Map(eventsOf(history, 'phase-started').map(({ phase, atMs }) => [phase, atMs]))
  return Object.fromEntries(eventsOf(history, 'phase-ended').map(({ phase, atMs }) =>
    [phase, atMs - (began.get(phase) ?? atMs)]))
}

function stepCosts(history: History): StepCost[] {
  const steps: StepCost[] = []
  for (const events of Map.groupBy(history, ({ cell }) => cell).values()) {
    let restedMs = events[0]?.atMs ?? 0
    let step: Event[] = []
    for (const event of events) {
      if (event.step === undefined) continue
      if (event.type === 'step-started') step = []
      step.push(event)
      if (event.type !== 'step-ended') continue
      const cost = stepCost(step, restedMs)
      if (cost !== undefined) steps.push(cost)
      restedMs = event.atMs
    }
  }
  return steps
}

/** Undefined for steps of other phases. */
function stepCost(events: readonly Event[], restedMs: number): StepCost | undefined {
  const [start] = events
  if (start?.type !== 'step-started' || !sweepPhases.has(start.phase)) return undefined
  return {
    fault: baseOf(start.faults.at(-1)?.fault ?? noFault), context: start.context,
    parts: new Stretches(start, restedMs).partsOf(events),
  }
}

/** Verbs that wait for something; the victim's own hold has ended with the crossing already. */
const awaiting: ReadonlySet<string> = new Set(['await', 'outlast', 'hold'])

/** The time of one step, cut where something happened. */
class Stretches {
  readonly #parts: Record<PartName, number>
  /** Operations that no message has caused: they are no activity of the step. */
  readonly #background = new Set<string>()
  #lastMs: number
  #isStarting = false

  constructor(start: EventOf<'step-started'>, restedMs: number) {
    this.#lastMs = start.atMs
    this.#parts = { ready: start.atMs - restedMs, reach: 0, fault: 0, start: 0, work: 0, wait: 0, read: 0 }
  }

  partsOf(events: readonly Event[]): Parts {
    const heldAt = events.findIndex((event) => event.type === 'fault-held')
    for (const [i, event] of events.entries()) {
      // On the way to the point everything is the way to the point.
      const part = i < heldAt ? undefined : this.#partEndedBy(event)
      if (part === undefined) continue
      this.#parts[part] += event.atMs - this.#lastMs
      this.#lastMs = event.atMs
    }
    return this.#parts
  }

  /** What went on until this event; undefined where it says nothing of that. */
  #partEndedBy(event: Event): PartName | undefined {
    switch (event.type) {
      case 'fault-held': return 'reach'
      case 'fault-did': {
        this.#isStarting = event.verb === 'start' || (this.#isStarting && !awaiting.has(event.verb))
        return awaiting.has(event.verb) ? 'wait' : 'fault'
      }
      // One that went by itself is followed at once by the next.
      case 'incarnation-exited': {
        this.#isStarting ||= event.because === undefined
        return undefined
      }
      case 'incarnation-ready': {
        this.#isStarting = false
        return 'start'
      }
      case 'operation-started': {
        if (event.cause === 'background') this.#background.add(event.operation)
        return event.cause === 'background' || this.#isStarting ? undefined : 'work'
      }
      case 'operation-ended':
      case 'operation-answered':
        return this.#background.has(event.operation) || this.#isStarting ? undefined : 'work'
      case 'delivered':
      case 'settled':
      case 'settlement-lost':
        return 'work'
      case 'step-ended': return 'read'
      default: return undefined
    }
  }
}
