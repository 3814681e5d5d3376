/**
 * The schedule of a sweep: which fault at which point in which context, in an order fixed before the first step.
 */
import { withVariant, type Fault } from '../model/fault.ts'
import { inLane, type Context, type Point } from '../model/point.ts'
import { SeededRandom } from '../lib/random.ts'
import { pointsFor, type CausalOrder, type TracedOperation } from './points.ts'

export interface Planned {
  readonly fault: Fault
  readonly point: Point
}

/** What messages lead to, by context. */
export type Orders = ReadonlyMap<Context, CausalOrder>

export interface ScheduleWish {
  readonly faults: readonly Fault[]
  readonly orders: Orders
  /** Orders of each lane, where the workload has several; a start-up is of none, and the first ones know it. */
  readonly lanes?: ReadonlyMap<string, Orders> | undefined
  readonly leaseLinks: ReadonlySet<string>
  readonly seed: string
}

/** Of all pairs of points, so many are tried: they grow with the square of the operations. */
const PAIRS_MAX = 16

/** Every (fault, point, context) that the wish covers, shuffled by the seed so that no order is favoured. */
export function makeSchedule(wish: ScheduleWish): Planned[] {
  const planned: Planned[] = []
  for (const { context, order, lane } of placesOf(wish)) {
    for (const fault of wish.faults) {
      if (!fault.contexts.includes(context)) continue
      const points = pointsFor(fault.at, order, wish.leaseLinks, context).map((point) => onLane(point, lane))
      const tried = fault.at.unit === 'pairs' ? sampled(points, wish.seed) : points
      planned.push(...tried.flatMap((point) => variantsAt(fault, point, order)))
    }
  }
  return new SeededRandom(`${wish.seed} schedule`).shuffled(planned)
}

interface Place {
  readonly context: Context
  readonly order: CausalOrder
  readonly lane?: string
}

function placesOf({ orders, lanes }: ScheduleWish): Place[] {
  const all = [...orders].map(([context, order]): Place => ({ context, order }))
  if (lanes === undefined || lanes.size === 0) return all
  return [
    ...all.filter(({ context }) => context === 'start'),
    ...[...lanes].flatMap(([lane, own]) => [...own].filter(([context]) => context !== 'start')
      .map(([context, order]): Place => ({ context, order, lane }))),
  ]
}

/** Operations say by their names whose they are; the place of a whole message says it by its own. */
function onLane(point: Point, lane: string | undefined): Point {
  if (lane === undefined) return point
  return { ...point, lane, name: point.link === '' ? inLane(point.name, lane) : point.name }
}

function sampled(points: readonly Point[], seed: string): readonly Point[] {
  return new SeededRandom(`${seed} pairs`).shuffled(points).slice(0, PAIRS_MAX)
}

/** One fault for each error that the operation can get; any other fault as it is. */
function variantsAt(fault: Fault, point: Point, order: CausalOrder): Planned[] {
  if (fault.needs !== 'errors') return [{ fault, point }]
  const errors = order.operations.find((op) => op.key === point.operation)?.errors ?? []
  return errors.filter((error) => fault.variant === undefined || fault.variant === error)
    .map((error) => ({ fault: fault.variant === undefined ? withVariant(fault, error) : fault, point }))
}

/**
 * Points of operations that only a fault has brought up. They come after what caused them, so their own world is the
 * one before and the one after each; nothing is merged.
 */
export function recoveryPoints(
  fault: Fault, fresh: readonly TracedOperation[], order: CausalOrder, leaseLinks: ReadonlySet<string>,
): Point[] {
  if (fault.at.unit === 'message') return []
  const names = new Set(fresh.map((op) => op.key))
  const place = { ...fault.at, unit: 'crossings' as const }
  return pointsFor(place, order, leaseLinks, 'recovery')
    .filter((point) => names.has(point.operation))
    // What came before the first fault is not seen again: only the operation itself is waited for.
    .map((point) => ({ ...point, done: point.side === 'after' ? [point.operation] : [] }))
}

/** The point of a recovery operation by its name alone, as a stored schedule has it. */
export function recoveryPoint(name: string): Point {
  const side = name.endsWith(' after') ? 'after' : 'before'
  const operation = name.slice(0, -side.length - 1)
  return {
    name, also: [], side, operation, link: operation.slice(0, operation.indexOf(' ')), oneWay: false,
    done: side === 'after' ? [operation] : [], context: 'recovery',
  }
}
