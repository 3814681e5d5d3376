/**
 * Makes as many distinct messages as a run needs out of a sample or two.
 *
 * The same seed and number give the same message. Equal values of a sample stay equal within a message (an order id
 * that stands in two places), distinct ones stay distinct. Nothing is varied that was not declared or found by
 * `variedByDefault`; a body that nothing varies is the same in every message, and only the id tells them apart.
 */
import { assert } from '../lib/assert.ts'
import { mapAt, scalarsOf, formatPointer, parsePointer, valueAt, valuesAt } from '../lib/json-pointer.ts'
import type { Located } from '../lib/json-pointer.ts'
import type { Message } from '../model/message.ts'
import type { Contract, Workload } from '../model/suite.ts'
import { ordinalMax, reshape, slotMax, uuid } from './shape.ts'
import type { Mark } from './shape.ts'

/**
 * The message of a number; `lane` keeps the numbers of cells that run side by side apart. With `like` it is equal to
 * that one in everything but what the suite says to be unique.
 */
export type MakeMessage = (index: number, lane?: number, like?: Message) => Message

/** Messages of one lane: so many that a train never gets there. */
export const laneMax = 100_000
/** Messages that share a key, so that sums of their amounts cannot cancel. */
export const keyRun = 12
/** The smallest amount is no number that other columns are full of. */
const smallestAmount = 128
const tokenLengthMin = 4

export function makeMessages(workload: Workload, contract: Contract, seed: string): MakeMessage {
  const places = new WeakMap<Message, Place>()
  return (index, lane = 0, like) => {
    assert(index >= 0 && index < laneMax, `message ${index} of a lane`)
    const ordinal = lane * laneMax + index
    assert(ordinal < ordinalMax, `lane ${lane} of a run`)
    const place = { seed, ordinal, index }
    const shared = (like === undefined ? undefined : places.get(like)) ?? place
    const message = messageOf(workload, contract, place, shared)
    places.set(message, shared)
    return message
  }
}

/** One message after the other, from the first of a lane. */
export function* messagesOf(make: MakeMessage, lane = 0): Generator<Message, never, undefined> {
  for (let index = 0; ; index += 1) yield make(index, lane)
}

interface Place {
  readonly seed: string
  readonly ordinal: number
  readonly index: number
}

/** `shared` is whose sample, key and amount it has: its own, or those of the message that it is to be like. */
function messageOf(workload: Workload, contract: Contract, place: Place, shared: Place): Message {
  const { seed, ordinal } = place
  const pointers = 'pointer' in contract.identity
    ? [...workload.vary, contract.identity.pointer] : workload.vary
  const sample = workload.samples[shared.index % workload.samples.length]
  const varied = varyAll(sample, pointers, { seed, ordinal, slot: 1 })
  const fields = fieldsOf(sample, workload, shared)
  const body = [...fields].reduce((value, [pointer, field]) => mapAt(value, pointer, () => field), varied.body)
  const inside = 'pointer' in contract.identity ? valueAt(body, contract.identity.pointer) : undefined
  const key = workload.key === undefined ? undefined : valuesAt(body, workload.key)[0]?.value
  const id = isVariable(inside) ? String(inside) : uuid({ seed, ordinal, slot: 0 })
  const tokens = new Set([id, ...varied.values.map(String)].filter((token) => token.length >= tokenLengthMin))
  return {
    id,
    headers: 'header' in contract.identity ? { ...workload.headers, [contract.identity.header]: id } : workload.headers,
    body: JSON.stringify(body),
    tokens: [...tokens].sort((a, b) => b.length - a.length),
    fields: Object.fromEntries([...fields].map(([pointer, value]) => [pointer, String(value)])),
    ...isVariable(key) ? { key: String(key) } : {},
  }
}

/** Slots are given by distinct value, so that what was equal stays equal. */
function varyAll(
  sample: unknown, pointers: readonly string[], first: Mark,
): { readonly body: unknown; readonly values: readonly (string | number)[] } {
  const made = new Map<string | number, string | number>()
  const vary = ({ value }: Located): unknown => {
    if (!isVariable(value)) return value
    const known = made.get(value)
    if (known !== undefined) return known
    const slot = first.slot + made.size
    assert(slot < slotMax, `${slot} varied values in one message`)
    const unique = reshape(value, { ...first, slot })
    made.set(value, unique)
    return unique
  }
  // A concrete pointer can hold a `*` only as the key of an object, where it is no wildcard.
  const concrete = new Set(pointers.flatMap((pointer) => valuesAt(sample, pointer).map((found) => found.pointer)))
  const body = [...concrete].reduce((value, pointer) => mapAt(value, pointer, vary), sample)
  return { body, values: [...made.values()] }
}

/** The key that twelve messages share, and amounts that are distinct powers of two within it. */
function fieldsOf(sample: unknown, workload: Workload, place: Place): Map<string, string | number> {
  const fields = new Map<string, string | number>()
  if (workload.key !== undefined) {
    const run = place.ordinal - (place.index % keyRun)
    for (const { pointer, value } of valuesAt(sample, workload.key)) {
      if (isVariable(value)) fields.set(pointer, reshape(value, { seed: place.seed, ordinal: run, slot: slotMax - 1 }))
    }
  }
  if (workload.amount !== undefined) {
    const amount = smallestAmount * 2 ** (place.index % keyRun)
    for (const { pointer, value } of valuesAt(sample, workload.amount)) {
      if (isVariable(value)) fields.set(pointer, amountLike(value, amount))
    }
  }
  return fields
}

/** `"12.50"` keeps its two decimals. */
function amountLike(value: string | number, amount: number): string | number {
  if (typeof value === 'number') return amount
  const decimals = /[.,]\d+$/.exec(value)?.[0] ?? ''
  return `${amount}${decimals.replaceAll(/\d/g, '0')}`
}

export function isVariable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** Common words that only happen to end like an id. */
const noId = /^(?:un|pre)?(?:paid|valid|invalid|void|avoid|grid|hybrid|android|rapid|solid|liquid|fluid|bid|kid)s?$/

/** Pointers (with `*` for list elements) of text and integers whose field name looks like an id. */
export function variedByDefault(samples: readonly unknown[], except: readonly string[]): string[] {
  const left = new Set(except.flatMap((pointer) => samples.flatMap((sample) =>
    valuesAt(sample, pointer).map((found) => found.pointer))))
  const found = samples.flatMap((sample) => scalarsOf(sample)
    .filter(({ pointer, value }) => !left.has(pointer) && looksLikeId(pointer, value))
    .map(({ pointer }) => starred(sample, pointer)))
  return [...new Set(found)]
}

function looksLikeId(pointer: string, value: unknown): boolean {
  const name = parsePointer(pointer).findLast((token) => !/^\d+$/.test(token))?.toLowerCase() ?? ''
  const named = /ids?$|uuid|guid|key|number|reference/.test(name) && !noId.test(name)
  return named && (typeof value === 'string' || Number.isInteger(value))
}

// `/lines/0/id` becomes `/lines/*/id`.
function starred(sample: unknown, pointer: string): string {
  const tokens = parsePointer(pointer)
  return formatPointer(tokens.map((token, i) =>
    Array.isArray(valueAt(sample, formatPointer(tokens.slice(0, i)))) ? '*' : token))
}
