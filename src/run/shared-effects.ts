/**
 * Rows that all messages of one key share, as they are read: what the history needs to judge them, and which messages
 * they seem to show right now, so that a step knows when its own message is there.
 *
 * The second is a help and no judgement: the reader compares with what it saw before and takes the newest messages for
 * those that something has happened to. Verdicts are made of the rows, by the checkers.
 */
import { countsOf } from '../check/counting.ts'
import type { Content, SharedReading } from '../model/effect.ts'
import type { Message } from '../model/message.ts'
import type { SharedColumn, Workload } from '../model/suite.ts'
import { numberOf, sharedFieldsOf, type SharedFields } from '../plan/shared-fields.ts'
import type { ObservedEffect } from './observed-effect.ts'

/** What the reader must know of the messages of its cell. */
export interface Owners {
  readonly messages: readonly Message[]
  ownerOf(text: string): string | undefined
}

/** One per cell and effect: it remembers what it saw last. */
export class SharedReader {
  readonly #effect: string
  readonly #shared: SharedColumn
  readonly #workload: Workload
  readonly #fields = new WeakMap<Message, SharedFields>()
  /** How often each message was in the sum when it was last read. */
  readonly #counted = new Map<string, number>()

  constructor(effect: string, shared: SharedColumn, workload: Workload) {
    this.#effect = effect
    this.#shared = shared
    this.#workload = workload
  }

  /** The rows themselves, and then every message that they seem to show. */
  read(rows: readonly { readonly identity: string; readonly content: Content }[], owners: Owners): ObservedEffect[] {
    const seen = rows.map(({ identity, content }): ObservedEffect => (
      { effect: this.#effect, identity, message: undefined, content, shared: this.#reading(identity, content, owners) }
    ))
    const byKey = Map.groupBy(seen, (row) => row.identity)
    return [...seen, ...[...byKey].flatMap(([key, ofKey]) => {
      const messages = owners.messages.filter((message) => this.#fieldsOf(message).key === key)
      return this.#shared.how === 'sum' ? this.#counts(ofKey, messages) : this.#upToLast(ofKey, messages)
    })]
  }

  #reading(key: string, content: Content, owners: Owners): SharedReading {
    const value = content[this.#shared.column]
    if (this.#shared.how === 'sum') {
      // The sum of nothing is null in SQL.
      const sum = value === null ? 0 : numberOf(value)
      return sum === undefined ? { key } : { key, sum }
    }
    const holds = value === null || value === undefined ? undefined : owners.ownerOf(value)
    return holds === undefined ? { key } : { key, holds }
  }

  #fieldsOf(message: Message): SharedFields {
    const known = this.#fields.get(message)
    if (known !== undefined) return known
    const fields = sharedFieldsOf(this.#workload, message)
    this.#fields.set(message, fields)
    return fields
  }

  #counts(rows: readonly ObservedEffect[], messages: readonly Message[]): ObservedEffect[] {
    const sum = rows.reduce((total, row) => total + (row.shared?.sum ?? 0), 0)
    const found = countsOf(sum, messages.map((message) => ({
      amount: this.#fieldsOf(message).amount ?? 0, most: 9, cost: (times) => this.#surprise(message, times),
    })))
    return messages.flatMap((message, place) => {
      const counted = found?.times[place] ?? 0
      this.#counted.set(message.id, counted)
      return Array.from({ length: counted }, () => of(rows, message, { counted }))
    })
  }

  #surprise({ id }: Message, times: number): number {
    const before = this.#counted.get(id) ?? 0
    if (before > 0) return times === before ? 0 : 1000 + 30 * Math.abs(times - before)
    return times === 1 ? 0 : times === 0 ? 1 : 500 + 10 * times
  }

  /** The one that the row holds, and all that were sent before it. */
  #upToLast(rows: readonly ObservedEffect[], messages: readonly Message[]): ObservedEffect[] {
    const last = messages.findLastIndex((message) => rows.some((row) => row.shared?.holds === message.id))
    return messages.slice(0, last + 1).map((message) => of(rows, message, {}))
  }
}

function of([row]: readonly ObservedEffect[], message: Message, told: Pick<SharedReading, 'counted'>): ObservedEffect {
  return {
    effect: row?.effect ?? '', identity: row?.identity ?? '', message: message.id, content: row?.content ?? {},
    shared: { key: row?.identity ?? '', ...row?.shared, ...told },
  }
}
