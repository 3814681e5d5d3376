/**
 * A finding's steps as lanes and rows from first to last, ready to be drawn.
 *
 * Rows are in the order in which the harness saw their events, with two exceptions: a confirmation to the producer can
 * be read after the delivery of what it confirms, and is drawn before it; what a fault does is written down once it is
 * done, and is drawn before what came of it.
 */
import type { Event, EventOf } from '../../model/event.ts'
import { eventsOf, type History } from '../../model/history.ts'
import type { Evidence } from './evidence.ts'
import { isSourceLane, nameIn, PRODUCER, RowBuilder, type Row, type Span } from './sequence-rows.ts'

export interface Lane {
  readonly id: string
  readonly title: string
  readonly role: string
}

export interface Sequence {
  readonly lanes: readonly Lane[]
  readonly rows: readonly Row[]
  readonly spans: readonly Span[]
  /** Rows that are left out in the middle. */
  readonly left: number
}

const ROWS_MAX = 120
/** Done at once, and what comes of it can be seen before they are over. */
const instantVerbs: ReadonlySet<string> = new Set(['release', 'forward', 'answer', 'resume'])

export function sequenceOf(evidence: Evidence): Sequence {
  const builder = new RowBuilder(evidence)
  for (const event of inCausalOrder(evidence.events)) builder.take(event)
  builder.readBack()
  const { rows } = builder
  const left = Math.max(0, rows.length - ROWS_MAX)
  const shown = left === 0 ? rows : [...rows.slice(0, ROWS_MAX / 2), ...rows.slice(-ROWS_MAX / 2)]
  return { lanes: lanesOf(evidence, shown), rows: shown, spans: builder.spans, left }
}

/** What was sent comes before the delivery of it, however late its confirmation was read. */
function inCausalOrder(events: History): Event[] {
  const sorted = [...events]
  for (const sent of eventsOf(events, 'sent')) {
    const from = sorted.indexOf(sent)
    const first = firstDeliveries(events, sent.message)[sent.copy - 1]
    const place = first === undefined ? -1 : sorted.indexOf(first)
    if (place === -1 || place > from) continue
    sorted.splice(from, 1)
    sorted.splice(place, 0, sent)
  }
  for (const did of eventsOf(events, 'fault-did').filter(({ verb }) => instantVerbs.has(verb))) {
    const from = sorted.indexOf(did)
    const last = sorted.slice(0, from)
      .findLastIndex((event) => event.type === 'fault-did' || event.type === 'incarnation-exited')
    sorted.splice(from, 1)
    sorted.splice(last + 1, 0, did)
  }
  return sorted
}

/** Of each copy; the broker's own repetitions are none. */
function firstDeliveries(events: History, message: string): EventOf<'delivered'>[] {
  return eventsOf(events, 'delivered').filter((event) => event.message === message && !event.redelivered)
}

function lanesOf(evidence: Evidence, rows: readonly Row[]): Lane[] {
  const used = [...new Set(rows.flatMap((row) => [row.from, row.to]))].filter((id) => id !== undefined)
  const lives = used.filter((id) => id.startsWith('life:'))
  const links = used.filter((id) => id.startsWith('link:'))
  const next = eventsOf(evidence.index.history, 'incarnation-started').filter(({ version }) => version === 'next')
    .map(({ incarnation }) => incarnation)
  const roleOf = (id: string): string => (next.includes(nameIn(id)) ? `${nameIn(id)}, next version` : nameIn(id))
  const isSource = (id: string): boolean => isSourceLane(evidence, id)
  return [
    ...used.includes(PRODUCER) ? [{ id: PRODUCER, title: 'producer', role: 'harness' }] : [],
    ...links.filter(isSource).map((id) => ({ id, title: nameIn(id), role: 'source' })),
    ...lives.map((id, i) => ({ id, title: `subject, life ${i + 1}`, role: roleOf(id) })),
    ...links.filter((id) => !isSource(id)).map((id) => ({ id, title: nameIn(id), role: 'dependency' })),
  ]
}
