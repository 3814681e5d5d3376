/**
 * The schedule of a sweep: which fault at which point in which context, in an order fixed before the first step.
 */
import { withVariant, type Fault } from '../model/fault.ts'
import type { Context, Point } from '../model/point.ts'
import { SeededRandom } from '../lib/random.ts'
import { pointsFor, type CausalOrder, type TracedOperation } from './points.ts'

export interface Planned {
  readonly fault: Fault
  readonly point: Point
}

export interface ScheduleWish {
  readonly faults: readonly Fault[]
  readonly orders: ReadonlyMap<Context, CausalOrder>
  readonly leaseLinks: ReadonlySet<string>
  readonly seed: string
}

/** Of all pairs of points, so many are tried: they grow with the square of the operations. */
const PAIRS_MAX = 16

/** Every (fault, point, context) that the wish covers, shuffled by the seed so that no order is favoured. */
export function makeSchedule(wish: ScheduleWish): Planned[] {
  const planned: Planned[] = []
  for (const [context, order] of wish.orders) {
    for (const fault of wish.faults) {
      if (!fault.contexts.includes(context)) continue
      const points = pointsFor(fault.at, order, wish.leaseLinks, context)
      const tried = fault.at.unit === 'pairs' ? sampled(points, wish.seed) : points
      planned.push(...tried.flatMap((point) => variantsAt(fault, point, order)))
    }
  }
  return new SeededRandom(`${wish.seed} schedule`).shuffled(planned)
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
