/**
 * Rows that all messages of one key share (`sum`, `last`), and who shares them: the ground of shared-sum.ts and
 * shared-last.ts.
 *
 * A row is looked at per cell: messages of the same key that were sent in another cell have a row of their own there.
 * What a reader told of one message beside the row (`counted`) is a hint and no final reading.
 */
import type { SharedHow } from '../model/effect.ts'
import type { EffectFacts } from './facts.ts'
import { isUndecodable } from './fate.ts'
import type { EffectEvent, MessageView, View } from './view.ts'
import { groupBy } from './view.ts'

/** One key of one effect in one cell. */
export interface SharedRow {
  readonly effect: EffectFacts
  readonly how: SharedHow
  readonly cell: string
  readonly key: string
  /** In the order in which the producer first sent them. */
  readonly messages: readonly MessageView[]
  /** Final readings; more than one where the query has several rows of the key. */
  readonly readings: readonly EffectEvent[]
}

/** What a row says of each of its messages. */
export interface Told {
  readonly row: SharedRow
  /** How often the effect is there, by message. */
  readonly times: ReadonlyMap<string, number>
  /** A sentence for each message with which something is wrong. */
  readonly notes: ReadonlyMap<string, string>
  /** The row is none that its messages can account for. */
  readonly strange?: string
}

export function sharedRows(view: View): SharedRow[] {
  const finals = groupBy(view.finals.filter((event) => event.shared !== undefined && event.message === undefined),
    (event) => rowKey(event.effect, event.cell, event.shared?.key ?? ''))
  return view.effects.flatMap((effect) => {
    const how = effect.shared
    if (how === undefined) return []
    return keysOf(view).filter(({ cell }) => view.readAt.has(cell)).map(({ cell, key, messages }) => (
      { effect, how, cell, key, messages, readings: finals.get(rowKey(effect.name, cell, key)) ?? [] }
    ))
  })
}

type Keyed = Pick<SharedRow, 'cell' | 'key' | 'messages'>

/** Messages by cell and key. */
function keysOf(view: View): Keyed[] {
  const keyed = view.messages.filter((message) => keyOf(message) !== undefined && !isUndecodable(message))
  return [...groupBy(keyed, (message) => JSON.stringify([message.cell, keyOf(message)])).values()].map((messages) => ({
    cell: messages[0]?.cell ?? '', key: keyOf(messages[0]) ?? '',
    messages: messages.toSorted((a, b) => firstSent(a) - firstSent(b)),
  }))
}

function keyOf(message: MessageView | undefined): string | undefined {
  return message?.sends.find((event) => event.key !== undefined)?.key
}

function firstSent(message: MessageView): number {
  return message.sends[0]?.seq ?? Infinity
}

/** The readings of the row as they count for each of its messages. */
export function asFinals({ row, times }: Told): { readonly message: string; readonly event: EffectEvent }[] {
  const [reading] = row.readings
  if (reading === undefined) return []
  return [...times].flatMap(([message, count]) => Array.from({ length: count }, () => (
    { message, event: { ...reading, message, identity: row.key, content: {} } }
  )))
}

function rowKey(effect: string, cell: string, key: string): string {
  return JSON.stringify([effect, cell, key])
}
