/**
 * Whether a fault stood at an operation that nothing ties to a message: no token in it, and what its incarnation was
 * handed last is none of ours (an internal queue of the subject's, for instance).
 *
 * Such an operation has the name of the point, and may still belong to what an earlier step of the train has left
 * behind. The step then counts as one that deviated and is made again in a clean cell, where there is nothing else that
 * it could belong to; what goes on without any message (background) never gets here, since crossings let it pass.
 */
import type { Event } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { operationKey, type Point } from '../model/point.ts'

/** One sentence; undefined where every fault stood at an operation of a message's, or of a start-up. */
export function untiedStand(
  events: readonly Event[], faults: readonly { readonly point: Pick<Point, 'name' | 'operation'> }[],
): string | undefined {
  const started = eventsOf(events, 'operation-started')
  for (const held of eventsOf(events, 'fault-held')) {
    const operation = faults.find(({ point }) => point.name === held.point)?.point.operation
    const stood = started.findLast((op) => op.seq < held.seq && op.incarnation === held.incarnation
      && operationKey(op) === operation)
    if (stood?.cause === 'unattributed') return `${operation ?? held.point} can't be tied to a message`
  }
  return undefined
}
