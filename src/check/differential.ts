/**
 * The differential oracle's first half: which message is each changed row of the database owed to.
 *
 * In this order: a transaction whose rows carry the tokens of exactly one message is that message's as a whole; a row
 * that shares a key with an attributed row follows it (`orders.id = 7` and `lines.order_id = 7`); a row of a
 * transaction that served several messages goes by its own tokens. A key that two messages share ties nothing. What
 * is left is unattributed, except in tables that change while no message is there: that is background.
 *
 * Contents are handed on as they are; naming a message's own values in them is the caller's work.
 */
import type { Content } from '../model/effect.ts'
import type { RowChange } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import { rowEffect } from './rows.ts'

export interface AttributedEffect {
  readonly effect: string
  /** Ordinal within message and effect, from 1, in commit order. */
  readonly identity: string
  readonly message: string
  readonly content: Content
}

export interface Attribution {
  readonly effects: readonly AttributedEffect[]
  /** Changes that are not background. */
  readonly rows: number
  readonly attributed: number
  /** Tables with changes that nothing ties to a message. */
  readonly unattributed: readonly string[]
}

/** `idle` are the changes of a time in which no message was there. */
export function attributeRows(
  changes: readonly RowChange[], messages: readonly Message[], idle: readonly RowChange[] = [],
): Attribution {
  const owners = ownersOf(changes, messages)
  const background = new Set(idle.map((change) => change.table))
  const left = changes.filter((change) => !owners.has(change) && !background.has(change.table))
  const effects = numbered(changes.flatMap((change) => {
    const message = owners.get(change)
    return message === undefined ? [] : [{ change, message }]
  }))
  return {
    effects,
    rows: effects.length + left.length,
    attributed: effects.length,
    unattributed: [...new Set(left.map((change) => change.table))].sort(),
  }
}

function numbered(owned: readonly { readonly change: RowChange; readonly message: string }[]): AttributedEffect[] {
  const counts = new Map<string, number>()
  return owned.map(({ change, message }) => {
    const effect = rowEffect(change.table, change.change)
    const key = JSON.stringify([message, effect])
    const ordinal = (counts.get(key) ?? 0) + 1
    counts.set(key, ordinal)
    return { effect, identity: String(ordinal), message, content: change.row }
  })
}

function ownersOf(changes: readonly RowChange[], messages: readonly Message[]): Map<RowChange, string> {
  const find = tokenFinder(messages)
  const carried = new Map(changes.map((change) => [change, find(change)]))
  const owners = new Map<RowChange, string>()
  for (const rows of Map.groupBy(changes, (change) => change.transaction).values()) {
    const owner = only(new Set(rows.flatMap((change) => [...carried.get(change) ?? []])))
    for (const change of rows) {
      const message = owner ?? only(carried.get(change) ?? new Set())
      if (message !== undefined) owners.set(change, message)
    }
  }
  while (followLinks(changes, owners, carried)) { /* Each round ties rows to those of the round before. */ }
  return owners
}

function only<T>(items: ReadonlySet<T>): T | undefined {
  return items.size === 1 ? [...items][0] : undefined
}

/** Ties further rows by shared keys; false when there are none left to tie. */
function followLinks(
  changes: readonly RowChange[], owners: Map<RowChange, string>,
  carried: ReadonlyMap<RowChange, ReadonlySet<string>>,
): boolean {
  const byKey = new Map<string, Set<string>>()
  for (const [change, message] of owners) {
    for (const key of keysOf(change)) byKey.set(key, (byKey.get(key) ?? new Set()).add(message))
  }
  const open = changes.filter((change) => !owners.has(change) && (carried.get(change)?.size ?? 0) === 0)
  const tied = open.flatMap((change) => {
    const owner = only(new Set(keysOf(change).flatMap((key) => {
      const message = only(byKey.get(key) ?? new Set<string>())
      return message === undefined ? [] : [message]
    })))
    return owner === undefined ? [] : [{ change, owner }]
  })
  for (const { change, owner } of tied) owners.set(change, owner)
  return tied.length > 0
}

/**
 * What a row may be found by: its own `id` under the name that other tables give it, and every `x_id` that it holds.
 * `public.orders.id = 7` is both `order_id = 7` and `orders_id = 7`.
 */
function keysOf(change: RowChange): string[] {
  const table = (change.table.split('.').at(-1) ?? change.table).toLowerCase()
  return Object.entries({ ...change.old, ...change.row }).flatMap(([column, value]) => {
    if (value === null) return []
    const name = column.toLowerCase()
    if (name === 'id') return [...singulars(table), table].map((word) => `${word}_id=${value}`)
    const foreign = /^(.+?)_?id$/.exec(name)
    return foreign === null ? [] : [`${foreign[1] ?? ''}_id=${value}`]
  })
}

function singulars(table: string): string[] {
  if (table.endsWith('ies')) return [`${table.slice(0, -3)}y`]
  if (/(?:s|x|ch|sh)es$/.test(table)) return [table.slice(0, -2), table.slice(0, -1)]
  return table.endsWith('s') ? [table.slice(0, -1)] : []
}

/**
 * Finds the messages whose tokens a row carries, as whole words. Longer tokens are looked for first and taken out,
 * so that `order-1` is not found inside `order-1-2`.
 */
function tokenFinder(messages: readonly Message[]): (change: RowChange) => Set<string> {
  const owners = new Map(messages.flatMap((message) => message.tokens.map((token) => [token, message.id] as const)))
  const tokens = [...owners].filter(([token]) => token !== '').sort(([a], [b]) => b.length - a.length)
  const shortest = tokens.at(-1)?.[0].length ?? Infinity
  return (change) => {
    const values = [...Object.values(change.row), ...Object.values(change.old ?? {})]
    return new Set(values.flatMap((value) => {
      if (value === null || value.length < shortest) return []
      const exact = owners.get(value)
      return exact === undefined ? inside(value, tokens) : [exact]
    }))
  }
}

function inside(value: string, tokens: readonly (readonly [string, string])[]): string[] {
  let rest = value
  const found: string[] = []
  for (const [token, message] of tokens) {
    for (let at = rest.indexOf(token); at !== -1; at = rest.indexOf(token, at + 1)) {
      if (isWord(rest.charAt(at - 1)) || isWord(rest.charAt(at + token.length))) continue
      found.push(message)
      rest = rest.slice(0, at) + ' '.repeat(token.length) + rest.slice(at + token.length)
    }
  }
  return found
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character)
}
