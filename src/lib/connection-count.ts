/**
 * Counts connections in a server's own log, exactly and without guessing how far the log lags behind.
 *
 * The harness's own connections carry a name that nothing else has, and the log repeats it. The first of them starts
 * the count; every counting opens one more and reads until its line is there. Lines come in the order in which the
 * server let connections in, so that everything accepted in between is counted. All of these are the harness's own.
 */
import { randomUUID } from 'node:crypto'
import { poll } from './clock.ts'
import { LogLines } from './log-lines.ts'

const LIMIT_MS = 10_000
const EVERY_MS = 5

export class ConnectionCount {
  /** The name of the connection that starts the count. */
  readonly first = `onceproof ${randomUUID()}`
  readonly #lines: LogLines
  readonly #isConnection: (line: string) => boolean
  #markers = 0
  #seen: number | undefined
  /** Countings go one after another: each reads on where the last one stopped. */
  #last: Promise<unknown> = Promise.resolve()

  /** `isConnection` picks the lines that say: this connection was let in, to the share in question. */
  constructor(file: string, isConnection: (line: string) => boolean) {
    this.#lines = new LogLines(file)
    this.#isConnection = isConnection
  }

  /** `open` makes a connection of that name. Counts from the first one on, it included. */
  async count(open: (name: string) => Promise<void>): Promise<number> {
    const counted = this.#last.then(() => this.#count(open))
    this.#last = counted.catch(() => undefined)
    return await counted
  }

  async #count(open: (name: string) => Promise<void>): Promise<number> {
    this.#markers += 1
    const name = `${this.first} ${this.#markers}`
    await open(name)
    return await poll(async () => await this.#reached(name), {
      what: `The log line of the connection "${name}"`, limitMs: LIMIT_MS, everyMs: EVERY_MS,
      last: () => `${this.#seen ?? 'no'} connections were counted so far`,
    })
  }

  async #reached(name: string): Promise<number | undefined> {
    let found: number | undefined
    for (const line of await this.#lines.next()) {
      if (!this.#isConnection(line)) continue
      if (this.#seen === undefined && !line.includes(this.first)) continue
      this.#seen = (this.#seen ?? 0) + 1
      if (line.includes(name)) found = this.#seen
    }
    // Lines after the marker's are already counted in #seen, and belong to the next answer.
    return found
  }
}
