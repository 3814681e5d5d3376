/**
 * How a message ended at the broker, and whether its silence means anything.
 *
 * The last delivery decides: an acknowledgement that the broker never got is followed by another delivery, and a
 * late one of a zombie comes after the delivery of its successor. What was never read back to the end, or belongs
 * to a step that the harness itself gave up, says nothing about what is missing.
 */
import type { EventOf } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import type { Settlement } from '../model/wire.ts'
import type { MessageView, View } from './view.ts'

export type Fate = 'settled' | 'dead-lettered' | 'unsettled' | 'undelivered'

export function isFinal(how: Settlement): boolean {
  return how !== 'requeue'
}

/** The settlement of the last delivery; undefined while it is open or went back to the broker. */
export function finalSettlement(message: MessageView): EventOf<'settled'> | undefined {
  const last = message.deliveries.at(-1)
  if (last === undefined) return undefined
  return message.settlements.findLast((event) => settles(event, last) && isFinal(event.how))
}

/**
 * The settlement of that very hand-over. It need not come on the connection of the delivery; a name that an incarnation
 * has given before, on a connection that it lost, is told apart by the order.
 */
export function settles(event: EventOf<'settled'>, delivery: EventOf<'delivered'>): boolean {
  return event.seq > delivery.seq && event.incarnation === delivery.incarnation
    && event.delivery === delivery.delivery && event.message === delivery.message
}

export function fateOf(view: View, message: MessageView): Fate {
  if (message.deadLetters.length > 0) return 'dead-lettered'
  if (message.deliveries.length === 0) return 'undelivered'
  if (view.facts.suite?.settlement === 'none') return 'settled'
  return finalSettlement(message) === undefined ? 'unsettled' : 'settled'
}

/** Ended where the suite declares that messages may end instead: in one of its queues, or refused. */
export function endedDeclared(view: View, message: MessageView): boolean {
  const { suite } = view.facts
  if (suite === undefined) return false
  if (message.deadLetters.some((event) => suite.deadLetter.includes(event.queue))) return true
  return suite.reject && finalSettlement(message)?.how === 'discard'
}

/**
 * Discarded in a suite with dead letter queues, and nobody looked into them, or what lies there has no name: it may
 * well be this one. `doubts.ts` says so.
 */
export function maybeDeadLettered(view: View, message: MessageView): boolean {
  const declares = (view.facts.suite?.deadLetter.length ?? 0) > 0
  return declares && finalSettlement(message)?.how === 'discard' && message.deadLetters.length === 0
    && (!view.readDeadLetters || namelessDeadLetters(view, message.cell) > 0)
}

/** Dead letters of the cell that could not be told to be any message's. */
export function namelessDeadLetters(view: View, cell: string): number {
  return eventsOf(view.history, 'dead-letter-observed').filter((event) => (
    event.cell === cell && (event.message === undefined || !view.known.has(event.message))
  )).length
}

/** Copies that may have reached the broker; at least the one that the message is. */
export function copiesOf(message: MessageView): number {
  const copies = new Set(message.sends.filter((event) => event.outcome !== 'failed').map((event) => event.copy))
  return Math.max(1, copies.size)
}

/** How often an effect may be there per expected identity: outside the contract, a further copy only measures. */
export function allowanceOf(view: View, message: MessageView): number {
  return 1 + outsideContract(view, message).length
}

/** Further copies that may have reached the broker and that the contract does not speak of, one event for each. */
export function outsideContract(view: View, message: MessageView): EventOf<'sent'>[] {
  const arrived = message.sends.filter((event) => event.outcome !== 'failed').sort((a, b) => a.copy - b.copy)
  const [first] = arrived
  if (first === undefined) return []
  const further = new Map(arrived.filter((event) => event.copy !== first.copy).map((event) => [event.copy, event]))
  return [...further.values()].filter((event) => !isInContract(view, first, event))
}

/** The upstream may send this copy: a subject that can't bear it is to blame. */
function isInContract(view: View, first: EventOf<'sent'>, copy: EventOf<'sent'>): boolean {
  const contract = view.facts.suite?.contract
  if (contract === undefined) return false
  const { producerDuplicates, replayWithinMs, dedupWindowMs } = contract
  const laterMs = copy.atMs - first.atMs
  // Beyond the time that the subject promises to remember, nothing is promised.
  if (dedupWindowMs !== undefined && laterMs > dedupWindowMs) return false
  if (copy.as === undefined || copy.as === 'retry') return producerDuplicates === true
  return copy.as !== 'undecodable' && replayWithinMs !== undefined && laterMs <= replayWithinMs
}

/** Its body can't be read: it owes no effect. */
export function isUndecodable(message: MessageView): boolean {
  return message.sends.some((event) => event.as === 'undecodable')
}

/** The message is known to have reached the broker, and what its cell shows now is all that there will be. */
export function silenceCounts(view: View, message: MessageView): boolean {
  const arrived = message.deliveries.length > 0 || message.sends.some((event) => event.outcome === 'ok')
  const { end } = message.step
  if (!arrived || end === undefined || end === 'aborted') return false
  const readAt = view.readAt.get(message.cell)
  const events = [...message.sends, ...message.deliveries, ...message.settlements]
  return readAt !== undefined && events.every((event) => event.seq < readAt)
}
