/**
 * What a row says that holds a value of the message of its key that wrote last.
 *
 * It must be the newest, in the order in which the producer first sent them. A newer message that the row does not show
 * was either undone by an older one that was worked on again afterwards, or it never got there. Messages that were in
 * flight at once, with no settlement to order them, may leave either: nobody is accused. What copies outside the
 * contract do only measures.
 */
import type { EventOf } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { isFinal, outsideContract } from './fate.ts'
import { mayMiss } from './owed.ts'
import type { SharedRow, Told } from './shared-rows.ts'
import { nameOf } from './shared-sum.ts'
import type { MessageView, View } from './view.ts'

/** A newer message, and the older one that the row shows in its place. */
export interface Undone {
  readonly row: SharedRow
  readonly newer: MessageView
  readonly older: MessageView
  /** Only a copy that the contract does not speak of may be behind it. */
  readonly measured: boolean
}

export function tellLast(view: View, row: SharedRow): Told {
  const shown = row.messages.findLast((message) => row.readings.some(({ shared }) => shared?.holds === message.id))
  const there = row.messages.filter((message) => shown !== undefined && standingOf(view, shown, message) !== 'absent')
  const absent = row.messages.filter((message) => !there.includes(message) && mayMiss(view, message))
  const shows = shown === undefined ? 'shows none of its messages' : `shows ${shown.id}`
  return {
    row,
    times: new Map(there.map((message) => [message.id, 1])),
    notes: new Map(absent.map((message) => [message.id, row.readings.length === 0
      ? `${nameOf(row)} is not there` : `${nameOf(row)} ${shows} and not ${message.id}, which was sent later`])),
  }
}

/** Messages that the final reading shows to be undone. */
export function undoneIn(view: View, row: SharedRow): Undone[] {
  const shown = row.messages.findLast((message) => row.readings.some(({ shared }) => shared?.holds === message.id))
  if (shown === undefined) return []
  return row.messages.filter((message) => mayMiss(view, message) && standingOf(view, shown, message) === 'undone')
    .map((newer) => ({ row, newer, older: shown, measured: outsideContract(view, shown).length > 0 }))
}

/** Messages that were undone when their row was read while the run went on. */
export function undoneAt(view: View, row: SharedRow, reading: EventOf<'effect-observed'>): Undone[] {
  const older = row.messages.find((message) => message.id === reading.shared?.holds)
  if (older === undefined) return []
  const until = (message: MessageView): MessageView => before(message, reading.seq)
  return row.messages.filter((newer) => {
    const ended = until(newer).settlements.find((event) => isFinal(event.how))?.how
    return (ended === 'ack' || ended === 'auto') && newer.deadLetters.length === 0
      && standingOf(view, until(older), until(newer), reading.seq) === 'undone'
  }).map((newer) => ({ row, newer, older, measured: outsideContract(view, older).length > 0 }))
}

type Standing = 'shown' | 'unordered' | 'undone' | 'absent'

/** How a message stands to the one that its row shows. */
function standingOf(view: View, shown: MessageView, message: MessageView, until = Infinity): Standing {
  if (message.id === shown.id || firstSend(message) <= firstSend(shown)) return 'shown'
  const settled = firstSettled(message)
  const again = shown.deliveries.some((event) => event.seq > settled)
  if (again) return 'undone'
  const first = message.deliveries[0]?.seq ?? Infinity
  if (firstSettled(shown) > first) return 'unordered'
  const between = shown.deliveries.some((event) => event.seq > first)
  return between || writesAfter(view, shown, settled, until) ? 'undone' : 'absent'
}

function firstSend(message: MessageView): number {
  return message.sends[0]?.seq ?? Infinity
}

function firstSettled(message: MessageView): number {
  return message.settlements.find((event) => isFinal(event.how))?.seq ?? Infinity
}

/** The server was sent something of the message that may change state, in that time. */
function writesAfter(view: View, { id, cell }: MessageView, from: number, until: number): boolean {
  const own = new Set(eventsOf(view.history, 'operation-started')
    .filter((event) => event.message === id && event.cell === cell && !event.reads && !event.handshake)
    .map((event) => event.operation))
  return eventsOf(view.history, 'operation-forwarded').some((event) => (
    event.seq > from && event.seq < until && own.has(event.operation)
  ))
}

function before(message: MessageView, seq: number): MessageView {
  const early = <T extends { readonly seq: number }>(events: readonly T[]): T[] => (
    events.filter((event) => event.seq < seq)
  )
  return {
    ...message, sends: early(message.sends), deliveries: early(message.deliveries),
    settlements: early(message.settlements),
  }
}
