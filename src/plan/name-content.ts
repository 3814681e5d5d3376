/**
 * Gives what a message left behind a form in which different messages compare equal: the values that are the
 * message's own are replaced by where they came from (`{id}`, `{/orderId}`, `{/amount}`).
 *
 * Tokens are replaced wherever they stand, since nothing else can contain them. Values that other messages share (an
 * amount) are replaced only where they are the whole value, or beside a token: a constant that happens to equal one
 * message's amount must not make that message look different.
 */
import { scalarsOf } from '../lib/json-pointer.ts'
import type { Content } from '../model/effect.ts'
import type { Message } from '../model/message.ts'

export function nameContent(content: Content, message: Message): Content {
  const names = namesOf(message)
  return Object.fromEntries(Object.entries(content).map(([column, value]): [string, string | null] =>
    [column, value === null ? null : nameText(value, message, names)]))
}

type Name = readonly [token: string, placeholder: string]

function nameText(value: string, message: Message, names: readonly Name[]): string {
  const whole = Object.entries(message.fields).find(([, field]) => isSame(value, field))
  if (whole !== undefined) return `{${whole[0]}}`
  const named = names.reduce((text, [token, placeholder]) => text.replaceAll(token, () => placeholder), value)
  if (named === value) return value
  return Object.entries(message.fields).reduce((text, [pointer, field]) => nameField(text, pointer, field), named)
}

/** `128` is also `128.00`, as a numeric column writes it. */
function isSame(value: string, field: string): boolean {
  if (value === field) return true
  return /^\d+(?:\.0+)?$/.test(field) && /^\d+(?:\.0+)?$/.test(value) && Number(value) === Number(field)
}

/** The field where it stands alone: no digit, letter or point of a longer value on either side. */
function nameField(text: string, pointer: string, field: string): string {
  const escaped = field.replaceAll(/[^\w\s]/g, '\\$&')
  const alone = new RegExp(String.raw`(?<![\w.{/-])${escaped}(?![\w-]|\.\d)`, 'g')
  return text.replaceAll(alone, () => `{${pointer}}`)
}

/** Tokens, longest first, with the first place of each in the body. */
function namesOf(message: Message): readonly Name[] {
  const known = nameCache.get(message)
  if (known !== undefined) return known
  const places = new Map<string, string>()
  for (const { pointer, value } of scalarsOf(parseBody(message.body))) {
    if (!places.has(String(value))) places.set(String(value), pointer)
  }
  const names = message.tokens.map((token): Name =>
    [token, token === message.id ? '{id}' : `{${places.get(token) ?? 'token'}}`])
  nameCache.set(message, names)
  return names
}

const nameCache = new WeakMap<Message, readonly Name[]>()

/** A body that is no JSON has no places. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
