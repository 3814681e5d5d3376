/**
 * Makes values unique without changing what they look like: a consumer that validates its input must accept them.
 *
 * Every unique part has a fixed width, so that the value of one message never stands inside that of another
 * (`o-1` inside `o-12`): texts are searched for these values to tie what happens to its message.
 * Uniqueness is by construction (a number of its own per message and slot), never by chance.
 */
import { SeededRandom } from '../lib/random.ts'

/** What makes a value its own: the run, the message, and which of the message's values it is. */
export interface Mark {
  readonly seed: string
  /** Unique per message of a run, below `ordinalMax`. */
  readonly ordinal: number
  /** Unique per distinct value of a message, below `slotMax`. */
  readonly slot: number
}

export const slotMax = 64
/** 64 slots each in the nine digits that still fit a 32-bit column: 100000000 to 999999999. */
export const ordinalMax = Math.floor(900_000_000 / slotMax)

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const emailPattern = /^[^@\s]+@[^@\s]+\.[^@\s]+$/
const uniqueDigits = 9
const base32 = 'abcdefghjkmnpqrstuvwxyz023456789'

/** The value of the same shape that carries the mark; numbers become integers. */
export function reshape(value: string | number, mark: Mark): string | number {
  if (typeof value === 'number') return Number(digits(String(Math.trunc(Math.abs(value))).length, mark, ''))
  if (uuidPattern.test(value)) return uuid(mark, value)
  if (/^\d+$/.test(value)) return digits(value.length, mark, value)
  const at = emailPattern.test(value) ? value.lastIndexOf('@') : value.length
  return `${value.slice(0, at)}${value === '' ? '' : '-'}${suffix(mark)}${value.slice(at)}`
}

/** A uuid of the run's own making; version and variant are those of the model, else 4 and 8. */
export function uuid(mark: Mark, model = '00000000-0000-4000-8000-000000000000'): string {
  const random = new SeededRandom(`${mark.seed}/uuid/${number(mark)}`)
  const hex = Array.from({ length: 20 }, () => random.below(16).toString(16))
  hex[12] = model.charAt(14).toLowerCase()
  hex[16] = model.charAt(19).toLowerCase()
  const text = hex.join('')
  const last = number(mark).toString(16).padStart(8, '0')
  const front = `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}`
  return `${front}-${runTag(mark.seed)}${last}`
}

/** `k3f0000a7b`: three characters for the run, six for the message and slot. */
function suffix(mark: Mark): string {
  const random = new SeededRandom(`${mark.seed}/suffix`)
  const run = Array.from({ length: 3 }, () => base32.charAt(random.below(32))).join('')
  let rest = number(mark)
  let text = ''
  for (let i = 0; i < 6; i += 1) {
    text = base32.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return run + text
}

/** At least nine digits; a longer model keeps its front, a zero in front of a number is never made. */
function digits(length: number, mark: Mark, model: string): string {
  const front = Math.min(Math.max(0, length - uniqueDigits), 6)
  const offset = new SeededRandom(`${mark.seed}/digits`).below(900_000_000)
  const unique = String(100_000_000 + ((offset + number(mark)) % 900_000_000))
  if (model !== '') return model.slice(0, Math.max(0, model.length - uniqueDigits)) + unique
  return '1'.repeat(front) + unique
}

function number(mark: Mark): number {
  return mark.ordinal * slotMax + mark.slot
}

/** Four hexadecimal digits that stay the same over a run. */
function runTag(seed: string): string {
  return new SeededRandom(`${seed}/tag`).below(0x10000).toString(16).padStart(4, '0')
}
