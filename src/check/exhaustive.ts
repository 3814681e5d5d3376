/**
 * Whether kills at every raw frame boundary show what kills at the named points show (`--exhaustive`).
 *
 * A world is the set of operations of the message that were done when the process died: answered by the server, or
 * without an answer and sent. It is read off the history of the step, the same way for both kinds, so a boundary meets
 * the named points that left the same world. Compared are sets of (anomaly, effect): per world, and over everything.
 * What only the named points reach (concurrent work that one frame order never shows) is listed and is no disagreement.
 */
import type { EventOf } from '../model/event.ts'
import type { History } from '../model/history.ts'
import { eventsOf } from '../model/history.ts'
import { operationKey } from '../model/point.ts'
import { evidenceOf, type Evidence } from './effects.ts'
import { attemptsIn, type Attempt } from './exercise.ts'
import { failureOf, isOpen, shownBy } from './merged.ts'
import { pointNames } from './points.ts'
import { checkers, type Checker } from './registry.ts'
import { groupBy, type StepInfo } from './view.ts'

/** One kill: where, what was done by then, and what came of it. */
export interface Struck {
  readonly place: string
  /** What the withheld frame is called; empty for a named point. */
  readonly frame: string
  readonly world: readonly string[]
  /** `anomaly of effect`. */
  readonly shown: readonly string[]
}

export interface Exhaustive {
  readonly boundaries: number
  /** Distinct ones that the boundaries left. */
  readonly worlds: number
  /** Named kill points of a cold subject. */
  readonly points: number
  readonly disagreements: readonly string[]
  /** Boundaries that no step came to. */
  readonly missed: readonly string[]
  readonly raw: readonly Struck[]
  readonly named: readonly Struck[]
}

/** Total: what can't be compared has not been seen to agree. */
export function compareExhaustive(history: History, table: readonly Checker[] = checkers): Exhaustive {
  try {
    return compare(history, table)
  } catch (error) {
    return {
      boundaries: 0, worlds: 0, points: 0, disagreements: [failureOf(error)], missed: [], raw: [], named: [],
    }
  }
}

function compare(history: History, table: readonly Checker[]): Exhaustive {
  const evidence = evidenceOf(history)
  const shown = shownBy(evidence, table)
  const kills = evidence.steps.filter((step) => step.start.context === 'cold' && step.start.faults.length === 1)
    .flatMap((step) => attemptsIn(step, isOpen(shown.get(step.id)))).filter(({ fault }) => fault === 'kill')
  const struck = (attempt: Attempt): Struck => ({
    place: attempt.point, frame: eventsOf(attempt.step.events, 'fault-held')[0]?.withheld.join() ?? '',
    world: worldOf(attempt.step), shown: [...shown.get(attempt.step.id) ?? []].sort(),
  })
  const tried = kills.filter(({ step }) => step.phase === 'exhaustive')
  const fired = tried.filter(({ end }) => end === 'fired')
  const raw = fired.map(struck)
  const named = kills.filter(({ step, end }) => step.phase === 'sweep' && end === 'fired')
    .map((attempt) => ({ ...struck(attempt), frame: '' }))
  return {
    boundaries: new Set(tried.map(({ point }) => point)).size,
    worlds: groupBy(raw, worldKey).size,
    points: namedPoints(evidence),
    disagreements: [...kindsApart(raw, named), ...worldsApart(raw, named)],
    missed: [...new Set(tried.map(({ point }) => point))].filter((point) => !fired.some((one) => one.point === point)),
    raw,
    named,
  }
}

function namedPoints(evidence: Evidence): number {
  const names = pointNames(evidence)
  return new Set(eventsOf(evidence.history, 'point-found')
    .filter((found) => found.context === 'cold' && found.faults.includes('kill'))
    .map((found) => names.canonical(found.point, 'kill'))).size
}

/** State-changing operations of the message that were done for the process that was killed, by name. */
function worldOf(step: StepInfo): string[] {
  const victims = eventsOf(step.events, 'incarnation-exited').filter((event) => event.because === 'fault')
  const isOwn = (op: EventOf<'operation-started'>): boolean => victims.some((event) =>
    event.incarnation === op.incarnation) && op.message !== undefined && step.start.messages.includes(op.message)
  const sent = new Set(eventsOf(step.events, 'operation-forwarded').map((event) => event.operation))
  const done = new Set(eventsOf(step.events, 'operation-ended').filter((event) => event.outcome !== 'failed')
    .map((event) => event.operation))
  return eventsOf(step.events, 'operation-started')
    .filter((op) => isOwn(op) && !op.reads && !op.handshake && op.cause !== 'background')
    .filter((op) => (op.oneWay ? sent : done).has(op.operation)).map(operationKey).sort()
}

export function worldKey({ world }: Pick<Struck, 'world'>): string {
  return world.join('\n')
}

function union(all: readonly Struck[]): string[] {
  return [...new Set(all.flatMap((one) => one.shown))].sort()
}

/** Everything that one kind of kill finds, the other finds somewhere. */
function kindsApart(raw: readonly Struck[], named: readonly Struck[]): string[] {
  const [byRaw, byName] = [union(raw), union(named)]
  const placesOf = (all: readonly Struck[], kind: string): string =>
    all.filter((one) => one.shown.includes(kind)).map((one) => one.place).join(', ')
  return [
    ...byRaw.filter((kind) => !byName.includes(kind))
      .map((kind) => `${kind} at ${placesOf(raw, kind)}: no named point shows it`),
    ...byName.filter((kind) => !byRaw.includes(kind))
      .map((kind) => `${kind} at ${placesOf(named, kind)}: no raw frame boundary shows it`),
  ]
}

/** What left the same world shows the same, and every world that a boundary leaves has a named point. */
function worldsApart(raw: readonly Struck[], named: readonly Struck[]): string[] {
  const byWorld = groupBy(named, worldKey)
  return [...groupBy(raw, worldKey)].flatMap(([key, ofWorld]) => {
    const [first] = ofWorld
    if (first === undefined) return []
    const others = byWorld.get(key)
    const all = [...ofWorld, ...others ?? []]
    const missing = others === undefined ? [`${first.place}: no named point leaves its world`] : []
    const outcomes = groupBy(all, (one) => one.shown.join(', ') || 'nothing wrong')
    if (outcomes.size === 1) return missing
    const told = [...outcomes].map(([outcome, same]) => `${outcome} at ${same.map((one) => one.place).join(', ')}`)
    return [...missing, `one world, several outcomes: ${told.join('; ')}`]
  })
}
