/**
 * The grid of points: which were found (K), at which every planned fault came about (k), and what was found there.
 *
 * Points are counted per context. A point for which the scope plans no fault stays in the grid and out of K. A fault
 * that is not applicable is counted apart and does not stand in the way of its point.
 */
import type { Anomaly, AnomalyKind } from '../model/anomaly.ts'
import type { FaultEnd } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import type { Judgement, PointRow } from '../model/verdict.ts'
import type { Attempt } from './exercise.ts'
import { severityOf } from './registry.ts'
import type { View } from './view.ts'

/**
 * First name of a point and all its names, by any of them. What is one world for a dead process is two places for a
 * live one, so a name can be a point of its own for one fault and only another name of a point for the next.
 */
export interface PointNames {
  canonical(point: string, fault?: string): string
  all(point: string): readonly string[]
}

export function pointNames(view: View): PointNames {
  const points = new Map<string, { readonly names: Set<string>; readonly faults: Set<string> }>()
  for (const found of eventsOf(view.history, 'point-found')) {
    const point = points.get(found.point) ?? { names: new Set([found.point]), faults: new Set<string>() }
    for (const name of found.also) point.names.add(name)
    for (const fault of found.faults) point.faults.add(fault)
    points.set(found.point, point)
  }
  const canonical = (name: string, fault?: string): string => {
    const own = points.get(name)
    if (own !== undefined && (fault === undefined || own.faults.has(fault))) return name
    const merged = [...points].filter(([, point]) => point.names.has(name))
    const struck = merged.find(([, { faults }]) => fault !== undefined && faults.has(fault))
    return (struck ?? (own === undefined ? merged[0] : undefined))?.[0] ?? name
  }
  return { canonical, all: (point) => [...(points.get(canonical(point))?.names ?? [canonical(point)])] }
}

/** A fault at a point in a context; the unit of "was it carried out". */
export interface Task {
  readonly fault: string
  readonly point: string
  readonly context: string
  readonly planned: number
  readonly fired: number
  readonly best: FaultEnd
  readonly why: string
  readonly worst: AnomalyKind | undefined
}

export interface Grid {
  readonly tasks: readonly Task[]
  readonly rows: readonly PointRow[]
  readonly points: Judgement['points']
  readonly faults: Judgement['faults']
}

const untried = { planned: 0, fired: 0, best: 'not-exercised', why: 'never tried', worst: undefined } as const

const rank: readonly FaultEnd[] = ['not-exercised', 'not-applicable', 'fired']

/** What was tried, and what it showed. */
export interface Outcomes {
  readonly attempts: readonly Attempt[]
  readonly anomalies: readonly Anomaly[]
}

export function gridOf(view: View, names: PointNames, outcomes: Outcomes): Grid {
  const tasks = new Map<string, Task>()
  for (const found of eventsOf(view.history, 'point-found')) {
    for (const fault of found.faults) {
      const place = { fault, point: names.canonical(found.point), context: found.context }
      tasks.set(keyOf(place), { ...place, ...untried })
    }
  }
  for (const attempt of outcomes.attempts) {
    const { fault, point } = attempt
    const place = { fault, point: names.canonical(point, fault), context: contextOf(attempt) }
    const worst = worstOf(attempt, outcomes.anomalies)
    tasks.set(keyOf(place), merge(place, tasks.get(keyOf(place)), { attempt, worst }))
  }
  return summary(view, names, [...tasks.values()])
}

/** What a fault brought up is a recovery point, whatever context its schedule began in. */
function contextOf({ step, fault, point }: Attempt): string {
  const { faults, context } = step.start
  const first = faults.findIndex((planned) => planned.fault === fault && planned.point === point)
  return step.phase === 'recovery' && first > 0 ? 'recovery' : context
}

type Place = Pick<Task, 'fault' | 'point' | 'context'>

function keyOf(place: Place): string {
  return JSON.stringify([place.fault, place.point, place.context])
}

function merge(
  place: Place, task: Task | undefined, news: { readonly attempt: Attempt; readonly worst: AnomalyKind | undefined },
): Task {
  const { end, why } = news.attempt
  const better = task === undefined || task.planned === 0 || rank.indexOf(end) > rank.indexOf(task.best)
  const kinds = [task?.worst, news.worst].filter((kind) => kind !== undefined)
  return {
    ...place,
    planned: (task?.planned ?? 0) + 1,
    fired: (task?.fired ?? 0) + (end === 'fired' ? 1 : 0),
    best: better ? end : task.best,
    why: better ? why : task.why,
    worst: kinds.sort((a, b) => severityOf(a) - severityOf(b))[0],
  }
}

/** What the step of the attempt shows, blamed on the last fault of its schedule: the one that the step is about. */
function worstOf(attempt: Attempt, anomalies: readonly Anomaly[]): AnomalyKind | undefined {
  const about = attempt.step.start.faults.at(-1)
  if (about !== undefined && (about.fault !== attempt.fault || about.point !== attempt.point)) return undefined
  return anomalies.filter((anomaly) => anomaly.step === attempt.step.id).map((anomaly) => anomaly.kind)
    .sort((a, b) => severityOf(a) - severityOf(b))[0]
}

function summary(view: View, names: PointNames, tasks: readonly Task[]): Grid {
  const byPlace = new Map<string, Task[]>()
  for (const found of eventsOf(view.history, 'point-found')) {
    byPlace.set(placeKey(names.canonical(found.point), found.context), [])
  }
  for (const task of tasks) byPlace.get(placeKey(task.point, task.context))?.push(task)
  const planned = [...byPlace.values()].filter((ofPlace) => ofPlace.length > 0)
  const done = planned.filter((ofPlace) => ofPlace.every((task) => task.best !== 'not-exercised'))
  const rows = new Map<string, PointRow>()
  for (const found of eventsOf(view.history, 'point-found')) {
    const point = names.canonical(found.point)
    const key = placeKey(point, found.context)
    rows.set(key, rowOf({ point, also: names.all(point).slice(1), context: found.context }, byPlace.get(key) ?? []))
  }
  return {
    tasks,
    rows: [...rows.values()],
    points: { k: done.length, K: planned.length },
    faults: {
      fired: tasks.filter((task) => task.best === 'fired').length,
      planned: tasks.filter((task) => task.best !== 'not-applicable').length,
      notApplicable: tasks.filter((task) => task.best === 'not-applicable').length,
    },
  }
}

function placeKey(point: string, context: string): string {
  return JSON.stringify([point, context])
}

function rowOf(place: Pick<PointRow, 'point' | 'also' | 'context'>, tasks: readonly Task[]): PointRow {
  const faults = tasks.map((task) => [
    task.fault, {
      planned: Math.max(1, task.planned), fired: task.fired, worst: task.worst, end: task.best,
      ...task.best === 'fired' ? {} : { why: task.why },
    },
  ] as const)
  return { ...place, faults: Object.fromEntries(faults) }
}
