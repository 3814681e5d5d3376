/**
 * Reads AMQP 0-9-1 fields: method arguments, properties and field tables.
 *
 * Every read is bounded: bytes that claim more than there is are a WireError, never a RangeError. The tags of table
 * values are RabbitMQ's (its errata page on section 4.2.1), which all clients speak, not the specification's own.
 */
import { assert } from '../../lib/assert.ts'
import { WireError } from '../../lib/errors.ts'
import { textOfOpaque } from '../opaque-text.ts'

export type FieldType = 'octet' | 'short' | 'long' | 'longlong' | 'shortstr' | 'longstr' | 'bit' | 'table'

export type FieldValue =
  | string | number | bigint | boolean | null | Buffer | readonly FieldValue[] | { readonly [key: string]: FieldValue }

export type Table = Readonly<Record<string, FieldValue>>

/** Deeper tables than any client builds: guards our own stack against corrupted bytes. */
const DEPTH_MAX = 64

export class FieldReader {
  readonly #bytes: Buffer
  #at: number
  #depth = 0

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  octet(): number {
    return this.#bytes.readUInt8(this.#skip(1))
  }

  short(): number {
    return this.#bytes.readUInt16BE(this.#skip(2))
  }

  long(): number {
    return this.#bytes.readUInt32BE(this.#skip(4))
  }

  /** Tags and sizes; inexact only beyond 2^53, where no broker gets. */
  longlong(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#skip(8)))
  }

  shortstr(): string {
    return textOfOpaque(this.#slice(this.octet()))
  }

  longstr(): Buffer {
    return this.#slice(this.long())
  }

  // table: | length: long | (key: shortstr, tag: octet, value)* |
  table(): Table {
    const end = this.#end(this.long())
    const entries: [string, FieldValue][] = []
    while (this.#at < end) entries.push([this.shortstr(), this.#tagged()])
    this.#expectEnd(end)
    return Object.fromEntries(entries)
  }

  /** Consecutive bits share octets, lowest first. */
  record(fields: readonly (readonly [string, FieldType])[]): Table {
    const entries: [string, FieldValue][] = []
    let bits = 0
    let bit = 8
    for (const [name, type] of fields) {
      if (type === 'bit') {
        if (bit === 8) {
          bits = this.octet()
          bit = 0
        }
        entries.push([name, (bits & (1 << bit)) !== 0])
        bit += 1
      } else {
        bit = 8
        entries.push([name, this[type]()])
      }
    }
    return Object.fromEntries(entries)
  }

  // array: | length: long | (tag: octet, value)* |
  #array(): FieldValue[] {
    const end = this.#end(this.long())
    const values: FieldValue[] = []
    while (this.#at < end) values.push(this.#tagged())
    this.#expectEnd(end)
    return values
  }

  #tagged(): FieldValue {
    if (this.#depth >= DEPTH_MAX) throw this.#error('tables nested too deeply')
    this.#depth += 1
    const value = this.#valueOf(String.fromCharCode(this.octet()))
    this.#depth -= 1
    return value
  }

  #valueOf(tag: string): FieldValue {
    switch (tag) {
      case 't': return this.octet() !== 0
      case 'b': return this.#bytes.readInt8(this.#skip(1))
      case 'B': return this.octet()
      case 's': return this.#bytes.readInt16BE(this.#skip(2))
      case 'u': return this.short()
      case 'I': return this.#bytes.readInt32BE(this.#skip(4))
      case 'i': return this.long()
      case 'l': return narrow(this.#bytes.readBigInt64BE(this.#skip(8)))
      case 'T': return narrow(this.#bytes.readBigUInt64BE(this.#skip(8)))
      case 'f': return this.#bytes.readFloatBE(this.#skip(4))
      case 'd': return this.#bytes.readDoubleBE(this.#skip(8))
      case 'D': return decimal(this.octet(), this.long())
      case 'S': return textOfOpaque(this.longstr())
      case 'x': return this.longstr()
      case 'A': return this.#array()
      case 'F': return this.table()
      case 'V': return null
      default: throw this.#error(`no table value has the tag ${JSON.stringify(tag)}`)
    }
  }

  #skip(count: number): number {
    if (count > this.left) throw this.#error(`${count} bytes are asked for and ${this.left} are left`)
    const at = this.#at
    this.#at += count
    return at
  }

  #slice(count: number): Buffer {
    const at = this.#skip(count)
    return this.#bytes.subarray(at, at + count)
  }

  #end(length: number): number {
    if (length > this.left) throw this.#error(`a table of ${length} bytes has ${this.left} left`)
    return this.#at + length
  }

  #expectEnd(end: number): void {
    if (this.#at !== end) throw this.#error('a table value reaches over the end of its table')
  }

  #error(what: string): WireError {
    return new WireError('amqp', what, this.#bytes)
  }
}

/** A table value as text; tables and arrays as JSON. */
export function textOfValue(value: FieldValue): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return textOfOpaque(value)
  return typeof value === 'object' ? JSON.stringify(plain(value)) : String(value)
}

export function textField(table: Table, name: string): string {
  const value = table[name]
  assert(typeof value === 'string', `${name} is a text field`)
  return value
}

export function numberField(table: Table, name: string): number {
  const value = table[name]
  assert(typeof value === 'number', `${name} is a number field`)
  return value
}

/** A bit; false for methods that have no such bit. */
export function bitField(table: Table, name: string): boolean {
  return table[name] === true
}

/** Without what JSON can't say: big integers and bytes become text. */
function plain(value: FieldValue): unknown {
  if (typeof value === 'bigint') return String(value)
  if (Buffer.isBuffer(value)) return textOfOpaque(value)
  if (isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

function isArray(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value)
}

function narrow(value: bigint): number | bigint {
  return BigInt.asIntN(54, value) === value ? Number(value) : value
}

function decimal(places: number, digits: number): string {
  const text = String(digits).padStart(places + 1, '0')
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
}
