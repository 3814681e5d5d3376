/**
 * From fault-free traces to points: which places of a step are worth breaking.
 *
 * A trace is what one message caused, in order of sight. Operation A comes before B when B was sent after A's reply had
 * reached the subject, or later on the same connection; everything else is concurrent. A crossing is a consistent cut
 * of that order: `after A` is A and all that it needs, `before B` is all that does not need B. For a dead process only
 * the outside world counts, so cuts with the same state-changing operations are one point with several names; for a
 * live one both sides of every operation count.
 */
import type { FaultPlace } from '../model/fault.ts'
import { pointName, type Context, type Point } from '../model/point.ts'

export interface TracedOperation {
  /** `operationKey` of it. */
  readonly key: string
  readonly link: string
  readonly connection: string
  readonly reads: boolean
  readonly oneWay: boolean
  /** A token of the message ties it, not only its place after the delivery. */
  readonly tied: boolean
  /** Errors that its server can return to it. */
  readonly errors?: readonly string[]
  readonly startSeq: number
  /** When the subject had the reply; undefined when it has none, or never got it. */
  readonly answeredSeq: number | undefined
}

export type Trace = readonly TracedOperation[]

/** What all traces of one context agree on. */
export interface CausalOrder {
  readonly operations: readonly TracedOperation[]
  /** Keys of operations that must be over before this one can be sent, itself not among them. */
  needs(key: string): ReadonlySet<string>
  /** Seen in some traces and not in others: not points, and a reason for doubt. */
  readonly unstable: readonly string[]
}

export function causalOrder(traces: readonly Trace[]): CausalOrder {
  const [first = []] = traces
  const everywhere = (key: string): boolean => traces.every((trace) => trace.some((op) => op.key === key))
  const operations = first.filter((op) => everywhere(op.key))
  const all = new Set(traces.flatMap((trace) => trace.map((op) => op.key)))
  const needs = new Map<string, Set<string>>()
  for (const op of operations) {
    const earlier = operations.filter((other) => other.key !== op.key
      && traces.every((trace) => comesBefore(trace, other.key, op.key)))
    needs.set(op.key, new Set(earlier.map((other) => other.key)))
  }
  return {
    operations,
    needs: (key) => needs.get(key) ?? new Set(),
    unstable: [...all].filter((key) => !operations.some((op) => op.key === key)),
  }
}

function comesBefore(trace: Trace, earlier: string, later: string): boolean {
  const a = trace.find((op) => op.key === earlier)
  const b = trace.find((op) => op.key === later)
  if (a === undefined || b === undefined) return false
  if (a.connection === b.connection) return a.startSeq < b.startSeq
  return a.answeredSeq !== undefined && a.answeredSeq < b.startSeq
}

/** Points of a context for a fault's kind of place. `lease` names the links that carry the broker's claim. */
export function pointsFor(
  place: FaultPlace, order: CausalOrder, lease: ReadonlySet<string>, context: Context,
): Point[] {
  if (place.unit === 'message') return [messagePoint(context)]
  const wanted = (op: TracedOperation): boolean => (place.operations === 'all' || !op.reads)
    && (place.links === 'all' || !lease.has(op.link)) && (place.answered !== true || !op.oneWay)
  if (place.unit === 'worlds') return worlds(order, wanted, context)
  const single = order.operations.filter(wanted)
    .flatMap((op) => place.sides.map((side) => crossing(order, op, side, context)))
  return place.unit === 'pairs' ? single.flatMap((one) => single.map((twin) => pair(one, twin))) : single
}

/** Two places at once: one for the victim, one for its twin. */
function pair(one: Point, twin: Point): Point {
  return { ...one, name: `${one.name} | ${twin.name}`, twin }
}

/** The place of faults that happen to a whole message. */
export function messagePoint(context: Context): Point {
  return {
    name: 'message', also: [], side: 'after', operation: 'message', link: '', oneWay: false, done: [], context,
  }
}

function crossing(order: CausalOrder, op: TracedOperation, side: Point['side'], context: Context): Point {
  const done = new Set(order.needs(op.key))
  if (side === 'after') done.add(op.key)
  return {
    name: pointName(op.key, side), also: [], side, operation: op.key, link: op.link, oneWay: op.oneWay,
    done: [...done], context,
  }
}

/** More cuts than this of one step are not enumerated: then only `after` and `before` single operations are. */
const CUTS_MAX = 64

function worlds(order: CausalOrder, wanted: (op: TracedOperation) => boolean, context: Context): Point[] {
  const changing = order.operations.filter((op) => !op.reads)
  const cuts = consistentCuts(order, changing)
  const points = cuts.map((cut) => world(order, changing, cut, context))
  return points.filter((point) => {
    const op = changing.find((candidate) => candidate.key === point.operation)
    return op !== undefined && wanted(op)
  })
}

/** Sets of operations closed under `needs`, smallest first. */
function consistentCuts(order: CausalOrder, changing: readonly TracedOperation[]): ReadonlySet<string>[] {
  const found = new Map<string, ReadonlySet<string>>([['', new Set<string>()]])
  const queue: ReadonlySet<string>[] = [new Set()]
  const fits = (cut: ReadonlySet<string>, op: TracedOperation): boolean => !cut.has(op.key)
    && changing.every((other) => cut.has(other.key) || !order.needs(op.key).has(other.key))
  for (let cut = queue.shift(); cut !== undefined && found.size <= CUTS_MAX; cut = queue.shift()) {
    for (const op of changing.filter((candidate) => fits(cut, candidate))) {
      const larger = new Set([...cut, op.key])
      const id = [...larger].sort().join('\n')
      if (found.has(id)) continue
      found.set(id, larger)
      queue.push(larger)
    }
  }
  if (found.size > CUTS_MAX) return singleCuts(order, changing)
  return [...found.values()].sort((a, b) => a.size - b.size)
}

function singleCuts(order: CausalOrder, changing: readonly TracedOperation[]): ReadonlySet<string>[] {
  const keys = changing.map((op) => op.key)
  const cuts = [new Set<string>(), new Set(keys)]
  for (const op of changing) {
    cuts.push(new Set(keys.filter((key) => key === op.key || order.needs(op.key).has(key))))
    cuts.push(new Set(keys.filter((key) => key !== op.key && !order.needs(key).has(op.key))))
  }
  return [...new Map(cuts.map((cut) => [[...cut].sort().join('\n'), cut])).values()]
    .sort((a, b) => a.size - b.size)
}

function world(
  order: CausalOrder, changing: readonly TracedOperation[], cut: ReadonlySet<string>, context: Context,
): Point {
  const inside = changing.filter((op) => cut.has(op.key))
  // By name, not by sight: what runs at once is seen in either order.
  const last = inside.filter((op) => !inside.some((other) => order.needs(other.key).has(op.key)))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const next = changing.filter((op) => !cut.has(op.key)
    && [...order.needs(op.key)].every((key) => cut.has(key) || !changing.some((other) => other.key === key)))
  const before = next.map((op) => pointName(op.key, 'before'))
  const at = last.at(-1)
  if (at === undefined) {
    const first = next[0]
    return {
      name: before[0] ?? '', also: before.slice(1), side: 'before', operation: first?.key ?? '',
      link: first?.link ?? '', oneWay: false, done: [], context,
    }
  }
  const done = new Set([...cut].flatMap((key) => [key, ...order.needs(key)]))
  return {
    name: last.map((op) => pointName(op.key, 'after')).join(' + '),
    also: next.length === 1 ? before : before.filter((_, i) => isAllBut(order, changing, cut, next[i])),
    side: 'after', operation: at.key, link: at.link, oneWay: at.oneWay, done: [...done], context,
  }
}

/** Whether the cut is everything that does not need this operation. */
function isAllBut(
  order: CausalOrder, changing: readonly TracedOperation[], cut: ReadonlySet<string>, op: TracedOperation | undefined,
): boolean {
  return op !== undefined && changing.every((other) =>
    cut.has(other.key) !== (other.key === op.key || order.needs(other.key).has(op.key)))
}
