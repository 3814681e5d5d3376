/**
 * How many messages a subject had in hand at once: whether it works on several at the same time.
 *
 * A message is in hand from its delivery to its settlement. Where nobody but a query tells of that, it is told too
 * late, and the end of its last operation before that counts.
 */
import type { Event } from '../model/event.ts'

/** `isTold`: the wire tells settlements when they happen. */
export function mostInHand(events: readonly Event[], isTold: boolean): number {
  const changes: { readonly seq: number; readonly by: 1 | -1 }[] = []
  const working = new Map<string, string>()
  const lastEnd = new Map<string, number>()
  for (const event of events) {
    if (event.type === 'operation-started' && event.message !== undefined) working.set(event.operation, event.message)
    const worked = event.type === 'operation-ended' ? working.get(event.operation) : undefined
    if (worked !== undefined) lastEnd.set(worked, event.seq)
    if (event.type === 'delivered') changes.push({ seq: event.seq, by: 1 })
    if (event.type === 'settled') {
      const ended = isTold ? undefined : lastEnd.get(event.message ?? '')
      changes.push({ seq: ended ?? event.seq, by: -1 })
    }
  }
  let [now, most] = [0, 0]
  for (const { by } of changes.toSorted((a, b) => a.seq - b.seq)) {
    now += by
    most = Math.max(most, now)
  }
  return most
}
