/**
 * A table as a source: the harness sends by inserting rows, the subject takes them by whatever statement it likes, and
 * a row is over when the suite's predicate says so of what is committed, or when the row is gone.
 *
 * The link is the database's. A claim is a lock of the connection that has made it, and ends with it; or a value of the
 * row with a time in it, and then nobody can make it run out sooner: the harness waits.
 */
import { z } from 'zod'
import { observeFor } from '../lib/clock.ts'
import { parseDuration } from '../lib/duration.ts'
import { UsageError } from '../lib/errors.ts'
import type { DatabaseShare, Lodger, Over, SourceShare, Taken, Warped } from '../model/edges.ts'
import type { Content } from '../model/effect.ts'
import type { Message } from '../model/message.ts'
import type { Lease, Outcome, WireProtocol } from '../model/wire.ts'
import { rowDelivery, tableQueueWire, type QueueRow } from '../wire/postgres/table-queue.ts'
import { postgresQueueKind } from './postgres-queue-settings.ts'

/** A claim may have been made right before it is waited for. */
const LEASE_ROOM = 1.1

type Settings = z.output<typeof postgresQueueKind.settings>

export const postgresQueue: Lodger = {
  kind: 'postgresQueue',

  cell(host, name, settings) {
    const parsed = postgresQueueKind.settings.safeParse(settings)
    if (!parsed.success) throw new UsageError(`postgresQueue() of "${name}": ${z.prettifyError(parsed.error)}`)
    return new TableShare(host, { ...parsed.data, table: parsed.data.table ?? name })
  },
}

interface Row extends QueueRow {
  readonly body: string
}

class TableShare implements SourceShare {
  readonly wire: WireProtocol
  /** Undefined where a claim is a lock: that goes with its connection. */
  readonly warp?: NonNullable<SourceShare['warp']>
  readonly #host: DatabaseShare
  readonly #settings: Settings & { readonly table: string }
  readonly #lease: Lease | undefined
  readonly #rows = new Map<string, Row>()
  /** Rows that nobody was told of that they are over. */
  readonly #open = new Set<string>()
  /** Rows that were handed to anybody. */
  readonly #handed = new Set<string>()
  readonly #drained = new Set<string>()

  constructor(host: DatabaseShare, settings: Settings & { readonly table: string }) {
    const { table, id, lease } = settings
    this.#host = host
    this.#settings = settings
    this.#lease = lease === undefined ? undefined : { name: `rows of ${table}`, kind: 'row', values: { table } }
    if (lease !== undefined) this.warp = (leases, alive) => waitOut(lease, leases, alive)
    this.wire = tableQueueWire(host.wire, { table, id, lease: this.#lease, deliver: (row) => this.#deliver(row) })
  }

  get name(): string {
    return this.#host.name
  }

  get upstream() {
    return this.#host.upstream
  }

  get template() {
    return this.#host.template
  }

  /** Inserts are the producer's: the row's id is known here before anybody can be handed it. */
  async send({ id, body }: Message): Promise<Outcome> {
    const { messageId, payload, id: column } = this.#settings
    const columns = [payload, ...messageId === undefined ? [] : [messageId]].map(quoted)
    const values = [body, ...messageId === undefined ? [] : [id]]
    const places = values.map((_, i) => `$${i + 1}`).join(', ')
    const sql = `insert into ${this.#table} (${columns.join(', ')}) values (${places})`
      + ` returning ${quoted(column)}::text as id`
    return await this.#host.insert(sql, values, (rows) => {
      for (const { id: row } of rows) {
        if (row === null || row === undefined) continue
        this.#rows.set(row, { messageId: id, body, redelivered: false })
        this.#open.add(row)
      }
    })
  }

  async settled(): Promise<readonly Over[]> {
    if (this.#open.size === 0) return []
    const states = new Map((await this.#states([...this.#open])).map(({ id, state }) => [id ?? '', state]))
    return [...this.#open].flatMap((id): Over[] => {
      const state = states.get(id) ?? 'done'
      const row = this.#rows.get(id)
      if (state === 'open' || row === undefined) return []
      this.#open.delete(id)
      const how = state === 'dead' ? 'discard' : 'ack'
      return [{ delivery: rowDelivery(this.#settings.table, id), messageId: row.messageId, how }]
    })
  }

  /** A row that somebody has locked is in hand. */
  async backlog(): Promise<{ readonly ready: number; readonly unsettled: number }> {
    const open = `not (${this.#over})`
    const [all] = await this.#host.query(`select count(*) as n from ${this.#table} where ${open}`)
    const [free] = await this.#host.query(
      `select count(*) as n from (select 1 from ${this.#table} where ${open} for share skip locked) as free`)
    const ready = Number(free?.['n'] ?? 0)
    return { ready, unsettled: Math.max(0, Number(all?.['n'] ?? 0) - ready) }
  }

  /** Rows that were given up. */
  async drain(queue: string): Promise<readonly Taken[]> {
    if (queue !== 'dead' || this.#settings.dead === undefined) return []
    const dead = (await this.#states([...this.#rows.keys()])).filter(({ state }) => state === 'dead')
    return dead.flatMap(({ id }): Taken[] => {
      const row = this.#rows.get(id ?? '')
      if (row === undefined || this.#drained.has(id ?? '')) return []
      this.#drained.add(id ?? '')
      return [{ body: row.body, headers: {}, messageId: row.messageId }]
    })
  }

  /** Nothing that a subject writes to is here. */
  plantCopy(): Promise<Outcome> {
    return Promise.resolve('failed')
  }

  connectionsSeen(): Promise<number | undefined> {
    return this.#host.connectionsSeen()
  }

  connectionsOwn(): number {
    return this.#host.connectionsOwn()
  }

  /** The table goes with its database. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }

  #deliver(id: string): QueueRow | undefined {
    const row = this.#rows.get(id)
    if (row === undefined) return undefined
    const redelivered = this.#handed.has(id)
    this.#handed.add(id)
    return { messageId: row.messageId, redelivered }
  }

  get #table(): string {
    return this.#settings.table.split('.').map(quoted).join('.')
  }

  get #over(): string {
    const { done, dead } = this.#settings
    return [done, dead].flatMap((predicate) => (predicate === undefined ? [] : [`coalesce((${predicate}), false)`]))
      .join(' or ') || 'false'
  }

  /** What is left of these rows, each `open`, `done` or `dead`. */
  #states(ids: readonly string[]): Promise<readonly Content[]> {
    const { id, done = 'false', dead = 'false' } = this.#settings
    const state = `case when (${dead}) then 'dead' when (${done}) then 'done' else 'open' end`
    const wanted = ids.map((one) => `'${one.replaceAll("'", "''")}'`).join(', ')
    return this.#host.query(
      `select ${quoted(id)}::text as id, ${state} as state from ${this.#table}`
      + ` where ${quoted(id)}::text in (${wanted})`)
  }
}

/** A claim with a time in it is waited for; who is dead is not waited for, its successor does that. */
async function waitOut(lease: string, leases: readonly Lease[], alive: boolean): Promise<readonly Warped[]> {
  if (!alive) return []
  const waitMs = Math.ceil(parseDuration(lease) * LEASE_ROOM)
  await observeFor(waitMs)
  return leases.map(({ name }) => ({ lease: name, done: true, detail: `waited ${waitMs} ms for it to run out` }))
}

function quoted(name: string): string {
  return `"${name}"`
}
