/**
 * Traces out of events: what one delivery to one incarnation led to, and what a start-up does before any delivery.
 */
import type { Event, EventOf } from '../model/event.ts'
import { operationKey, plainName } from '../model/point.ts'
import type { Trace, TracedOperation } from '../plan/points.ts'

export interface Chain {
  readonly incarnation: string
  /** The delivery that began it; undefined for a start-up. */
  readonly delivery: EventOf<'delivered'> | undefined
  readonly operations: readonly TracedOperation[]
}

interface GrowingChain extends Chain {
  readonly operations: TracedOperation[]
}

/** All chains in the events, in the order of their beginnings, without handshakes and what is background by now. */
export function chainsOf(events: readonly Event[], background: ReadonlySet<string>): Chain[] {
  const chains: GrowingChain[] = []
  const current = new Map<string, GrowingChain>()
  const open = new Map<string, { chain: GrowingChain; at: number }>()
  const begin = (incarnation: string, delivery: EventOf<'delivered'> | undefined): GrowingChain => {
    const chain: GrowingChain = { incarnation, delivery, operations: [] }
    chains.push(chain)
    current.set(incarnation, chain)
    return chain
  }
  for (const event of events) {
    if (event.type === 'delivered') begin(event.incarnation, event)
    if (event.type === 'operation-started' && isOwn(event, background)) {
      const chain = current.get(event.incarnation) ?? begin(event.incarnation, undefined)
      open.set(event.operation, { chain, at: chain.operations.length })
      chain.operations.push(traced(event))
    }
    if (event.type === 'operation-answered') {
      const place = open.get(event.operation)
      const op = place?.chain.operations[place.at]
      if (place !== undefined && op !== undefined) place.chain.operations[place.at] = { ...op, answeredSeq: event.seq }
    }
  }
  return chains
}

/**
 * What one message of several at once led to: only what something ties to it surely, because the order of deliveries
 * says nothing there.
 */
export function tiedTrace(events: readonly Event[], message: string, background: ReadonlySet<string>): Trace {
  const operations = new Map<string, TracedOperation>()
  for (const event of events) {
    if (event.type === 'operation-started' && event.message === message && event.cause === 'token'
      && isOwn(event, background)) operations.set(event.operation, traced(event))
    const op = event.type === 'operation-answered' ? operations.get(event.operation) : undefined
    if (op !== undefined && event.type === 'operation-answered') {
      operations.set(event.operation, { ...op, answeredSeq: event.seq })
    }
  }
  return [...operations.values()]
}

function isOwn(event: EventOf<'operation-started'>, background: ReadonlySet<string>): boolean {
  if (event.handshake || event.cause === 'background') return false
  return event.cause === 'token' || !background.has(plainName(event))
}

function traced(event: EventOf<'operation-started'>): TracedOperation {
  return {
    key: operationKey(event), link: event.link, connection: event.connection, reads: event.reads,
    oneWay: event.oneWay, tied: event.cause === 'token', startSeq: event.seq, answeredSeq: undefined,
    ...event.errors === undefined ? {} : { errors: event.errors },
  }
}
