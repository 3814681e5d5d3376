/**
 * Predicates over a step's events that say whether a fault was seen to happen. A fault counts when its effect was
 * seen, not when it was ordered: the frame withheld and the process gone, the link closed on both sides.
 */
import type { Event, EventOf } from '../model/event.ts'
import { eventsOf, type StepView } from '../model/history.ts'

/** The crossing was reached and its incarnation went by our signal, after the frame was withheld. */
export function diedAtCrossing(step: StepView): boolean {
  const held = lastHeld(step)
  if (held === undefined) return false
  return eventsOf(step.events, 'incarnation-exited')
    .some((exit) => exit.because === 'fault' && exit.signal === 'SIGKILL' && exit.seq > held.seq)
}

/** The crossing was reached, the verb was carried out, and an incarnation was gone after it, however it went. */
export function exitedBy(step: StepView, verb: string): boolean {
  const held = lastHeld(step)
  if (held === undefined || lastDid(step, verb) === undefined) return false
  return eventsOf(step.events, 'incarnation-exited').some((exit) => exit.because === 'fault' && exit.seq > held.seq)
}

/** The verb saw the server's side close, and the tap has reset a connection of the subject since the crossing. */
export function bothSidesBroken(step: StepView): boolean {
  const held = lastHeld(step)
  if (held === undefined || lastDid(step, 'cut')?.detail.startsWith('both sides closed') !== true) return false
  return eventsOf(step.events, 'connection-closed').some((closed) => closed.by === 'fault' && closed.seq > held.seq)
}

/** The held request went upstream after its process was dead. */
export function forwardedForTheDead(step: StepView): boolean {
  if (!diedAtCrossing(step) || lastDid(step, 'forward')?.detail.startsWith('forwarded') !== true) return false
  return eventsOf(step.events, 'incarnation-exited').filter((exit) => exit.because === 'fault').some((exit) =>
    eventsOf(step.events, 'operation-forwarded').some((forwarded) =>
      forwarded.operation.startsWith(`${exit.incarnation}.`) && forwarded.seq > exit.seq))
}

/** A second copy was accepted by the broker, delivered, and its delivery settled. */
export function sentAgainAndSettled(step: StepView): boolean {
  const again = eventsOf(step.events, 'sent').find((sent) => sent.copy > 1 && sent.outcome === 'ok')
  if (again === undefined) return false
  return settledAfter(step, again)
}

/**
 * A fault that left a message unsettled counts only when it was delivered again and settled by a later incarnation
 * or connection. A subject that never settles is judged (`stuck`), so the fault fired there too: it was redelivered.
 */
export function recovered(step: StepView): boolean {
  const held = lastHeld(step)
  if (held === undefined) return false
  const settledBefore = eventsOf(step.events, 'settled')
    .some((settled) => settled.seq < held.seq && settled.message !== undefined)
  const delivered = eventsOf(step.events, 'delivered').some((delivery) => delivery.seq < held.seq)
  if (!delivered || settledBefore) return true
  return settledAfter(step, held) || eventsOf(step.events, 'delivered').some((delivery) => delivery.seq > held.seq)
}

function settledAfter(step: StepView, since: Event): boolean {
  return eventsOf(step.events, 'settled').some((settled) => settled.seq > since.seq && settled.how !== 'requeue')
}

function lastHeld(step: StepView): EventOf<'fault-held'> | undefined {
  return eventsOf(step.events, 'fault-held').at(-1)
}

function lastDid(step: StepView, verb: string): EventOf<'fault-did'> | undefined {
  return eventsOf(step.events, 'fault-did').filter((did) => did.verb === verb).at(-1)
}
