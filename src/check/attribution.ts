/**
 * How an anomaly came about, as half a sentence for its detail, where the history shows it beyond doubt.
 *
 * A zombie write: an incarnation sent something that changes state for a message which the broker had meanwhile handed
 * to another one. Swallowed: an earlier incarnation had committed something of the message, and the later one that
 * settled it only read: what it found there kept it from doing the rest. Both are remarks and no anomalies of their
 * own: what is wrong is that an effect is there twice or not at all.
 */
import type { EventOf } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { finalSettlement } from './fate.ts'
import type { MessageView } from './view.ts'

type Operation = EventOf<'operation-started'>

/** `; zombie write: a.i1 sent db INSERT after a.i2 had been handed the message`. */
export function zombieRemark(message: MessageView): string {
  const forwarded = new Map(eventsOf(message.step.events, 'operation-forwarded')
    .map((event) => [event.operation, event.seq]))
  for (const operation of changingOf(message)) {
    const sent = forwarded.get(operation.operation)
    const own = message.deliveries.some((event) => event.incarnation === operation.incarnation)
    const heir = message.deliveries.findLast((event) => event.seq < (sent ?? -1))
    if (!own || sent === undefined || heir === undefined || heir.incarnation === operation.incarnation) continue
    if (isBrokers(message, operation)) continue
    return `; zombie write: ${operation.incarnation} sent ${nameOf(operation)} after ${heir.incarnation} `
      + 'had been handed the message'
  }
  return ''
}

/** `; swallowed: a.i1 had committed a part, and a.i2 found it and settled without doing anything`. */
export function swallowedRemark(message: MessageView): string {
  const settled = finalSettlement(message)
  if (settled === undefined || message.deliveries.length < 2) return ''
  const done = new Set(eventsOf(message.step.events, 'operation-ended').filter((event) => event.outcome === 'ok')
    .map((event) => event.operation))
  const changing = changingOf(message).filter((event) => !isBrokers(message, event))
  const last = changing.filter((event) => event.incarnation === settled.incarnation
    && event.transaction !== 'begin' && event.transaction !== 'rollback' && event.transaction !== 'commit')
  const earlier = changing.find((event) => event.incarnation !== settled.incarnation && done.has(event.operation)
    && (event.transaction === 'commit' || event.transaction === 'auto'))
  const read = eventsOf(message.step.events, 'operation-started').some((event) => (
    event.message === message.id && event.reads && event.incarnation === settled.incarnation
  ))
  if (earlier === undefined || last.length > 0 || !read) return ''
  return `; swallowed: ${earlier.incarnation} had committed a part of it (${nameOf(earlier)}), and `
    + `${settled.incarnation} looked and settled it without doing the rest`
}

/** On a connection that delivers or settles, which says nothing of effects. */
function isBrokers({ deliveries, settlements }: MessageView, { connection }: Operation): boolean {
  return [...deliveries, ...settlements].some((event) => event.connection === connection)
}

function changingOf(message: MessageView): Operation[] {
  return eventsOf(message.step.events, 'operation-started')
    .filter((event) => event.message === message.id && !event.reads && !event.handshake)
}

function nameOf({ link, kind, text }: Operation): string {
  return `${link} ${text === '' ? kind : `${kind} ${text}`}`
}
