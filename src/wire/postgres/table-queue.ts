/**
 * The Postgres protocol on a link whose database holds a queue: a table of jobs, an outbox.
 *
 * A row that a statement naming the table brings to the subject is a delivery; what the rest of its transaction does,
 * or another statement that names the table and the row, is about it. What ends a delivery is not read off the wire:
 * a predicate over the committed row says that, and whoever owns the table asks.
 * A row is known by the column of its id. Where a client has cached what a result looks like, and no description of
 * that statement was seen on the link, any column that holds a known id will do.
 */
import type { Fact, Lease, OperationStart, Unit, WireProtocol, WireSession } from '../../model/wire.ts'
import { BodyReader, type PostgresMessage } from './messages.ts'
import { readings } from './values.ts'

export interface QueueTable {
  /** As statements name it; what stands before a dot does not matter. */
  readonly table: string
  /** The column whose value names a row. */
  readonly id: string
  /** Asked once for each row that is handed over, by its id; undefined: not one of the queue's. */
  deliver(id: string): QueueRow | undefined
  /** A claim on rows that no connection's end gives back. */
  readonly lease?: Lease | undefined
}

export interface QueueRow {
  readonly messageId: string
  /** It was handed over before, to whomever. */
  readonly redelivered: boolean
}

/** Name of the delivery of a row. */
export function rowDelivery(table: string, id: string): string {
  return `${table} ${id}`
}

export function tableQueueWire(base: WireProtocol, queue: QueueTable): WireProtocol {
  return {
    ...base,
    openLink: () => {
      const open = base.openLink?.() ?? (() => base.open())
      const link = new QueueLink(queue)
      return () => new QueueSession(open(), link)
    },
  }
}

/** Statements that bring rows to whom they name; an INSERT brings back what is the subject's own. */
const TAKES = new Set(['SELECT', 'UPDATE', 'DELETE', 'WITH', 'MERGE', 'FETCH'])

/** What connections of one link share. */
class QueueLink {
  readonly queue: QueueTable
  /** Where the id stands in the rows of a statement. */
  readonly columns = new Map<string, number>()
  /** Ids of rows that came over the link. */
  readonly taken = new Set<string>()
  readonly #name: RegExp
  readonly #byId: RegExp

  constructor(queue: QueueTable) {
    this.queue = queue
    this.#name = new RegExp(wordOf(queue.table), 'i')
    // Of the statement's name, in which values are `$`: `limit 1` asks for no row 1.
    this.#byId = new RegExp(`${wordOf(queue.id)}"?(?: in \\(| = | = any ?\\()\\$`, 'i')
  }

  names({ text }: OperationStart): boolean {
    return this.#name.test(text)
  }

  /** Values by which the statement asks for rows; elements of lists one by one. */
  idsIn({ text, values }: OperationStart): readonly string[] {
    if (!this.#byId.test(text)) return []
    return [...new Set(values.flatMap((value) => [value, ...value.split(/[{},"]+/)]))]
  }
}

function wordOf(name: string): string {
  const word = name.split('.').at(-1) ?? name
  return `(?<![\\w$])${word.replaceAll(/[^\w]/g, '\\$&')}(?![\\w$])`
}

interface Taking {
  readonly statement: string
  /** Rows that it asks for by their ids are looked up, not taken. */
  readonly lookedUp: ReadonlySet<string>
}

class QueueSession implements WireSession {
  readonly #inner: WireSession
  readonly #link: QueueLink
  /** Operations whose rows may be deliveries. */
  readonly #taking = new Map<number, Taking>()
  /** Ids of rows that the open transaction is about, the latest last. */
  #held: string[] = []
  #hasTaken = false

  constructor(inner: WireSession, link: QueueLink) {
    this.#inner = inner
    this.#link = link
  }

  request(bytes: Buffer): Unit[] {
    return this.#inner.request(bytes).map((unit) => (unit.starts === undefined ? unit : this.#asked(unit, unit.starts)))
  }

  reply(bytes: Buffer): Unit[] {
    return this.#inner.reply(bytes).map((unit) => {
      const answered = this.#answered(unit)
      for (const { op } of unit.ends ?? []) this.#taking.delete(op)
      return answered
    })
  }

  close(): Unit[] {
    return this.#inner.close()
  }

  #asked(unit: Unit, starts: OperationStart): Unit {
    const { transaction } = starts
    if (transaction === 'begin' || transaction === 'auto') this.#held = []
    const names = this.#link.names(starts)
    const takes = names && TAKES.has(starts.kind)
    const ids = names ? this.#link.idsIn(starts) : []
    if (takes) this.#taking.set(starts.op, { statement: `${starts.kind} ${starts.text}`, lookedUp: new Set(ids) })
    const about = ids.filter((id) => this.#link.taken.has(id))
    const isInside = transaction === 'inside' || transaction === 'commit' || transaction === 'rollback'
    const held = [...isInside ? this.#held : [], ...about]
    if (transaction === 'inside') this.#held = held
    if (transaction === 'commit' || transaction === 'rollback') this.#held = []
    const { table } = this.#link.queue
    const deliveries = [...starts.deliveries ?? [], ...held.map((id) => rowDelivery(table, id))]
    const facts: Fact[] = takes && !this.#hasTaken ? [{ type: 'consuming', lane: table }] : []
    this.#hasTaken ||= takes
    return withFacts({ ...unit, starts: deliveries.length === 0 ? starts : { ...starts, deliveries } }, facts)
  }

  #answered(unit: Unit): Unit {
    const taking = unit.op === undefined ? undefined : this.#taking.get(unit.op)
    if (taking === undefined) return unit
    const message = messageOf(unit.bytes)
    if (message.kind === 'T') {
      const at = decodeColumns(message).indexOf(this.#link.queue.id)
      this.#link.columns.set(taking.statement, at)
    }
    return message.kind === 'D' ? this.#row(unit, message, taking) : unit
  }

  #row(unit: Unit, message: PostgresMessage, taking: Taking): Unit {
    const { queue, columns, taken } = this.#link
    const fields = decodeRow(message)
    const column = columns.get(taking.statement)
    const candidates = column === undefined ? fields : fields.slice(column, column + 1)
    if (column === -1) return unit
    for (const id of candidates.flatMap((bytes) => (bytes === undefined ? [] : textsOf(bytes)))) {
      const row = taking.lookedUp.has(id) || this.#held.includes(id) ? undefined : queue.deliver(id)
      if (row === undefined) continue
      taken.add(id)
      this.#held.push(id)
      return withFacts(unit, [
        {
          type: 'delivered', delivery: rowDelivery(queue.table, id), messageId: row.messageId, headers: {}, body: '',
          redelivered: row.redelivered, lane: queue.table,
        },
        ...queue.lease === undefined ? [] : [{ type: 'lease' as const, lease: queue.lease, held: true }],
      ])
    }
    return unit
  }
}

function withFacts(unit: Unit, facts: readonly Fact[]): Unit {
  return facts.length === 0 ? unit : { ...unit, facts: [...unit.facts ?? [], ...facts] }
}

const HEAD_BYTES = 5

/** A unit of replies is one message: | kind: Byte1 | length: Int32 | body |. */
function messageOf(bytes: Buffer): PostgresMessage {
  return { kind: String.fromCharCode(bytes[0] ?? 0), bytes, body: bytes.subarray(HEAD_BYTES) }
}

// RowDescription: | Int16 n | n x (name: String | table: Int32 | column: Int16 | type: Int32 | size: Int16 |
//                 | modifier: Int32 | format: Int16) |
function decodeColumns(message: PostgresMessage): string[] {
  const reader = new BodyReader(message)
  return Array.from({ length: Math.max(0, reader.int16()) }, () => {
    const name = reader.string()
    reader.bytes(18)
    return name
  })
}

// DataRow: | Int16 n | n x (Int32 length, -1 for null | bytes) |
function decodeRow(message: PostgresMessage): (Buffer | undefined)[] {
  const reader = new BodyReader(message)
  return Array.from({ length: Math.max(0, reader.int16()) }, () => {
    const length = reader.int32()
    return length === -1 ? undefined : reader.bytes(length)
  })
}

/** As text, and as what a binary value of that length may mean. */
function textsOf(bytes: Buffer): string[] {
  return [bytes.toString('utf8'), ...readings(bytes)]
}
