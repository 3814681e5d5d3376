/**
 * Traces out of events: what one delivery to one incarnation led to, and what a start-up does before any delivery.
 */
import type { Event, EventOf } from '../model/event.ts'
import { operationKey } from '../model/point.ts'
import type { TracedOperation } from '../plan/points.ts'

export interface Chain {
  readonly incarnation: string
  /** The delivery that began it; undefined for a start-up. */
  readonly delivery: EventOf<'delivered'> | undefined
  readonly operations: readonly TracedOperation[]
}

/** All chains in the events, in the order in which they began. Background work and handshakes are left out. */
export function chainsOf(events: readonly Event[]): Chain[] {
  const chains: { incarnation: string; delivery: EventOf<'delivered'> | undefined; operations: TracedOperation[] }[] = []
  const current = new Map<string, (typeof chains)[number]>()
  const open = new Map<string, { chain: (typeof chains)[number]; at: number }>()
  const begin = (incarnation: string, delivery: EventOf<'delivered'> | undefined): (typeof chains)[number] => {
    const chain = { incarnation, delivery, operations: [] }
    chains.push(chain)
    current.set(incarnation, chain)
    return chain
  }
  for (const event of events) {
    if (event.type === 'delivered') begin(event.incarnation, event)
    if (event.type === 'operation-started' && !event.handshake && event.cause !== 'background') {
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

function traced(event: EventOf<'operation-started'>): TracedOperation {
  return {
    key: operationKey(event), link: event.link, connection: event.connection, reads: event.reads,
    oneWay: event.oneWay, startSeq: event.seq, answeredSeq: undefined,
  }
}
