/**
 * Reads the text that Postgres's `test_decoding` plugin makes of committed changes.
 *
 * The plugin ships with every Postgres and needs nothing on the subject's tables, where `pgoutput` would need a
 * publication (which makes UPDATE fail on a table without a key). Its text is for people, but regular: see
 * contrib/test_decoding/test_decoding.c, `pg_decode_change` and `print_literal`.
 * Not here: asking the server. Not there: old rows beyond the key (the subject's REPLICA IDENTITY is never altered).
 */
import { WireError } from '../lib/errors.ts'
import type { Content } from '../model/effect.ts'
import type { RowChange } from '../model/edges.ts'

/** One row of `pg_logical_slot_get_changes`. */
export interface SlotLine {
  readonly xid: string
  readonly data: string
}

type Row = Record<string, string | null>

// table NAME: INSERT: COLUMNS
// table NAME: UPDATE: [old-key: COLUMNS new-tuple: ]COLUMNS
// table NAME: DELETE: COLUMNS | (no-tuple-data)
// table NAME, NAME...: TRUNCATE: FLAGS
//   NAME     schema.table, either part in double quotes where SQL needs them
//   COLUMNS  name[type]:value, with single spaces between
//   value    null | unchanged-toast-datum | number | true | false | B'101' | 'text with '' doubled'
// BEGIN XID, COMMIT XID and "message: ..." stand on lines of their own and change no row.
export function decodeSlotLines(lines: readonly SlotLine[]): RowChange[] {
  return lines.flatMap((line) => {
    if (!line.data.startsWith('table ')) return []
    return decodeTableLine(line)
  })
}

function decodeTableLine({ xid, data }: SlotLine): RowChange[] {
  const text = new Cursor(data)
  text.skip('table ')
  const tables = [text.name()]
  while (text.skipIf(', ')) tables.push(text.name())
  text.skip(': ')
  const [table = ''] = tables
  if (text.skipIf('TRUNCATE:')) {
    return tables.map((each) => ({ transaction: xid, table: each, change: 'delete', row: {}, old: undefined }))
  }
  if (text.skipIf('INSERT:')) {
    return [{ transaction: xid, table, change: 'insert', row: text.columns(), old: undefined }]
  }
  if (text.skipIf('DELETE:')) {
    const row = text.columns()
    return [{ transaction: xid, table, change: 'delete', row, old: row }]
  }
  text.skip('UPDATE:')
  const old = text.skipIf(' old-key:') ? text.columns() : undefined
  if (old !== undefined) text.skip(' new-tuple:')
  return [{ transaction: xid, table, change: 'update', row: text.columns(old), old }]
}

/** A position in one line. Every method either moves over what it names or throws a WireError. */
class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  skipIf(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false
    this.#at += expected.length
    return true
  }

  skip(expected: string): void {
    if (!this.skipIf(expected)) throw this.#error(`"${expected}" expected`)
  }

  /** A table's name as the server wrote it, quotes included where it has them. */
  name(): string {
    const start = this.#at
    this.#until((char) => char === ':' || char === ',')
    return this.#text.slice(start, this.#at)
  }

  /** Columns up to the end or `new-tuple:`. Values that the server left out come from `known`, if it has them. */
  columns(known?: Content): Content {
    const row: Row = {}
    if (this.skipIf(' (no-tuple-data)')) return row
    while (this.#at < this.#text.length && !this.#text.startsWith(' new-tuple:', this.#at)) {
      this.skip(' ')
      const column = this.#column()
      this.skip('[')
      const typeStart = this.#at
      this.#until((_, at) => this.#text.startsWith(']:', at))
      const type = this.#text.slice(typeStart, this.#at)
      this.skip(']:')
      const value = this.#value(type)
      if (value !== undefined) row[column] = value
      else if (known?.[column] !== undefined) row[column] = known[column]
    }
    return row
  }

  #column(): string {
    const start = this.#at
    this.#until((char) => char === '[')
    const text = this.#text.slice(start, this.#at)
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
  }

  /** Undefined: a large value that the update did not touch and the server did not read. */
  #value(type: string): string | null | undefined {
    if (this.#text.startsWith("'", this.#at)) return this.#quoted()
    if (this.skipIf("B'")) {
      this.#at -= 1
      return this.#quoted()
    }
    const end = this.#text.indexOf(' ', this.#at)
    const word = this.#text.slice(this.#at, end === -1 ? undefined : end)
    if (word === '') throw this.#error('value expected')
    this.#at += word.length
    if (word === 'null') return null
    if (word === 'unchanged-toast-datum') return undefined
    // The plugin spells booleans out; a query's answer has one letter. Contents of both must compare equal.
    if (type === 'boolean') return word === 'true' ? 't' : 'f'
    return word
  }

  #quoted(): string {
    let value = ''
    this.skip("'")
    for (;;) {
      const end = this.#text.indexOf("'", this.#at)
      if (end === -1) throw this.#error('unterminated value')
      value += this.#text.slice(this.#at, end)
      this.#at = end + 1
      if (!this.skipIf("'")) return value
      value += "'"
    }
  }

  /** Moves to the first character outside double quotes that `stop` accepts. */
  #until(stop: (char: string, at: number) => boolean): void {
    let inside = false
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text.charAt(this.#at)
      if (char === '"') inside = !inside
      else if (!inside && stop(char, this.#at)) return
    }
    throw this.#error('line ends inside a name')
  }

  #error(what: string): WireError {
    return new WireError('test_decoding', `${what} at character ${this.#at}`, Buffer.from(this.#text.slice(this.#at)))
  }
}
