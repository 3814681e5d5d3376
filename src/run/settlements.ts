/**
 * Settlements that no wire tells: a source that is a table says which of its rows are over, or the suite has a query
 * over the subject's own database. They are read while somebody waits and before anything is judged, and written down
 * as what they are: the end of the latest delivery.
 *
 * Who ended it is not known, so it is put down to whoever was handed it last.
 */
import { nowMs } from '../lib/clock.ts'
import type { DatabaseShare, Over, SourceShare } from '../model/edges.ts'
import type { Event, EventBody, EventOf } from '../model/event.ts'
import type { Suite } from '../model/suite.ts'
import type { Settlement } from '../model/wire.ts'
import type { MessageLedger } from './message-ledger.ts'

/** A reading costs the server something; a step waits for hundreds of milliseconds. */
const EVERY_MS = 10
/** A row that is gone before its delivery has passed the tap; later than this nobody was ever handed it. */
const UNSEEN_MS = 500

interface Cell {
  readonly shares: {
    readonly lanes: ReadonlyMap<string, Pick<SourceShare, 'settled'>>
    readonly databases: ReadonlyMap<string, Pick<DatabaseShare, 'query'>>
  }
  readonly ledger: MessageLedger
  readonly current: { readonly id: string } | undefined
  record(body: EventBody): Event
  /** The run ends with it. */
  broken: unknown
}

export class SettlementReader {
  readonly #settlement: Suite['settlement']
  readonly #cell: Cell
  /** The wire tells all, and there is nothing to read. */
  readonly isIdle: boolean
  /** Numbers of the deliveries that were told to be over. */
  readonly #told = new Set<number>()
  /** Ids of messages that are over without anybody having been handed them. */
  readonly #unseen = new Set<string>()
  /** Over, and not seen delivered so far; with the time of the reading. */
  #waiting: (Over & { readonly sinceMs: number })[] = []
  #reading: Promise<void> | undefined
  #lastMs = -Infinity

  constructor(settlement: Suite['settlement'], cell: Cell) {
    this.#settlement = settlement
    this.#cell = cell
    this.isIdle = typeof settlement === 'string'
      && [...cell.shares.lanes.values()].every((lane) => lane.settled === undefined)
  }

  /** `now`: whatever was read a moment ago. What can't be read breaks the cell. */
  async read(now = true): Promise<void> {
    if (this.isIdle || (!now && nowMs() - this.#lastMs < EVERY_MS)) return
    // What is under way has begun before it was asked for here.
    if (now) await this.#reading
    this.#reading ??= this.#readAll().catch((error: unknown) => {
      this.#cell.broken ??= error
    }).finally(() => {
      this.#reading = undefined
      this.#lastMs = nowMs()
    })
    await this.#reading
  }

  async #readAll(): Promise<void> {
    const { shares } = this.#cell
    for (const lane of shares.lanes.values()) {
      const over = await lane.settled?.() ?? []
      this.#waiting.push(...over.map((one) => ({ ...one, sinceMs: nowMs() })))
    }
    this.#waiting = this.#waiting.filter((one) => !this.#tellOver(one))
    const settlement = this.#settlement
    if (typeof settlement === 'string') return
    const rows = await shares.databases.get(settlement.dependency)?.query(settlement.query) ?? []
    for (const row of rows) this.#tellRow(row['id'] ?? Object.values(row)[0] ?? '')
  }

  #tellOver({ delivery, messageId, how, sinceMs }: Over & { readonly sinceMs: number }): boolean {
    const { ledger } = this.#cell
    const delivered = ledger.latestNamed(delivery)
    if (delivered === undefined && nowMs() - sinceMs < UNSEEN_MS) return false
    if (delivered === undefined) this.#settled({ delivery, message: ledger.identify(messageId), how })
    else this.#tell(delivered, how)
    return true
  }

  /** A row is there for good; it says something new when its message was handed over again. */
  #tellRow(id: string): void {
    const { ledger } = this.#cell
    const named = ledger.latestNamed(id)
    const message = named?.message ?? ledger.ownerOf(id)
    const delivered = named ?? (message === undefined ? undefined : ledger.latestOf(message))
    if (delivered !== undefined) {
      this.#tell(delivered, 'ack')
    } else if (message !== undefined && !this.#unseen.has(message)) {
      this.#unseen.add(message)
      this.#settled({ delivery: id, message, how: 'ack' })
    }
  }

  #tell(delivered: EventOf<'delivered'>, how: Settlement): void {
    if (this.#told.has(delivered.seq)) return
    this.#told.add(delivered.seq)
    const { incarnation, connection, delivery, message } = delivered
    this.#cell.record({ type: 'settled', incarnation, connection, delivery, message, how })
  }

  #settled(one: { readonly delivery: string; readonly message: string | undefined; readonly how: Settlement }): void {
    this.#cell.record({ type: 'settled', incarnation: this.#cell.current?.id ?? '', connection: '', ...one })
  }
}
