/**
 * Brings what a module exported or a file held to plain JSON, so that the three spellings of a suite load alike.
 *
 * Functions are refused with a sentence of their own: identities are picked out by pointers and headers, so that a
 * stored run can be judged again without the suite's code.
 */
import { UsageError } from '../lib/errors.ts'
import { pathText } from './sentences.ts'

type Path = readonly PropertyKey[]

/** A deep copy of JSON values only; keys with undefined are left out. */
export function toPlainJson(value: unknown, file: string): unknown {
  return copy(value, [], { file, above: [] })
}

interface Place {
  readonly file: string
  /** Objects that the value stands in: one of them again is a cycle. */
  readonly above: readonly object[]
}

function copy(value: unknown, path: Path, place: Place): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'function') {
    return refuse(path, place, 'a function is not supported: identities are picked by a JSON pointer'
      + " ('/orderId') or by { header: 'x-order-id' }")
  }
  if (typeof value !== 'object') {
    return refuse(path, place, `a value of type ${typeof value} is not supported; a suite is plain data`)
  }
  if (place.above.includes(value)) return refuse(path, place, 'it contains itself; a suite is plain data')
  const inner = { ...place, above: [...place.above, value] }
  if (Array.isArray(value)) return value.map((item: unknown, i) => copy(item, [...path, i], inner))
  const maker: unknown = Object.getPrototypeOf(value)
  if (maker !== Object.prototype && maker !== null && Object.getPrototypeOf(maker) !== null) {
    return refuse(path, place, `an instance of ${value.constructor.name} is not supported; a suite is plain data`)
  }
  return Object.fromEntries(Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, copy(item, [...path, key], inner)]))
}

function refuse(path: Path, { file }: Place, why: string): never {
  throw new UsageError(`${file}: ${path.length === 0 ? 'the suite' : pathText(path)}: ${why}`)
}
