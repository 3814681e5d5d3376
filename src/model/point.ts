/**
 * Points: named places to break a run, independent of connection and frame numbers.
 *
 * `link kind text#occurrence side`, for instance `db INSERT invoices (order_id) values ($)#1 after`. An occurrence
 * counts equal (link, kind, text) within one causal chain: one delivery to one incarnation and all it leads to.
 */

export type Side = 'before' | 'after'

/**
 * Where in a subject's life an operation stands. `convoy`: of the middle one of several messages at once, on all lanes
 * of the workload. `recovery`: it appears only after a fault.
 */
export type Context = 'start' | 'cold' | 'warm' | 'convoy' | 'recovery' | 'rest'

/** An operation by name: equal on every run, whatever retries, heartbeats and background work go on beside it. */
export interface NamedOperation {
  readonly link: string
  readonly kind: string
  readonly text: string
  /** From 1. */
  readonly occurrence: number
  /** The lane of its message, where the workload has several and the link is not the lane's own. */
  readonly lane?: string
}

/** What an operation is called whatever message it belongs to: `orders basic.ack orders`. */
export function plainName({ link, kind, text }: Pick<NamedOperation, 'link' | 'kind' | 'text'>): string {
  return `${link} ${kind} ${text}`
}

/** `orders basic.ack#1`, `db COMMIT @returns#1`; the text is left out where it only repeats the kind. */
export function operationKey(op: NamedOperation): string {
  const text = op.text === '' || op.text === op.kind ? op.kind : `${op.kind} ${op.text}`
  return `${op.link} ${inLane(text, op.lane)}#${op.occurrence}`
}

/** What is named, of one of several lanes: each lane has points of its own. */
export function inLane(name: string, lane: string | undefined): string {
  return lane === undefined ? name : `${name} @${lane}`
}

/**
 * A place to break: everything in `done` has happened, nothing else of the message has. `name` is its first name,
 * `also` are the names of points that are the same world.
 */
export interface Point {
  readonly name: string
  readonly also: readonly string[]
  readonly side: Side
  /** Key of the operation that the side speaks of. */
  readonly operation: string
  readonly link: string
  /** The operation has no reply. */
  readonly oneWay: boolean
  /** Keys of the operations that must be over at the crossing; all other named ones are held. */
  readonly done: readonly string[]
  readonly context: Context
  /** Where the message that it belongs to is sent, if the workload has several lanes. */
  readonly lane?: string
  /** Where a second incarnation is to stand, for faults with two preemptions. */
  readonly twin?: Point
}

export function pointName(operation: string, side: Side): string {
  return `${operation} ${side}`
}
