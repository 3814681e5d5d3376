/**
 * The harness's own connection to a Kafka broker: single requests, each sent once.
 *
 * It goes straight to the server, never through a tap. Only the requests and the connection of the client library are
 * used, not its producer, consumer or admin, which retry by themselves. A lost connection loses what was in flight on
 * it, and the next request opens a new one, once. Whoever waits for a broker to get ready says so (`whenReady`).
 *
 * The versions of the requests are those that brokers from 3.0 to 4.x speak. There is one connection, so there is one
 * broker: it leads every partition and coordinates every group.
 */
import type * as library from '@platformatic/kafka'
import type { Connection } from '@platformatic/kafka'
import { poll } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { Address } from '../model/edges.ts'

export type KafkaLibrary = typeof library

/** A request of the library, on a connection. */
export type KafkaRequest<R> = (connection: Connection, kafka: KafkaLibrary) => Promise<R>

const CONNECT_LIMIT_MS = 10_000
const REQUEST_LIMIT_MS = 10_000
const READY_LIMIT_MS = 15_000
const READY_EVERY_MS = 5

/** Error codes of the protocol: https://kafka.apache.org/protocol#protocol_error_codes */
export const codes = {
  unknownTopic: 3, notLeader: 6, coordinatorLoading: 14, noCoordinator: 15, notCoordinator: 16, unknownMember: 25,
  concurrentTransactions: 51, groupNotEmpty: 68, groupNotFound: 69, fencedInstance: 82,
} as const

/** What a broker says while it takes over a partition or a group, or has not heard of a new topic yet. */
const notReady: readonly number[] = [
  codes.unknownTopic, 5, codes.notLeader, codes.coordinatorLoading, codes.noCoordinator, codes.notCoordinator,
]

/** The broker did not take the connection: nothing was sent. */
export class KafkaUnreached extends EnvironmentError {}

/** The connection was lost, or too slow, with the request on it: nobody knows what became of it. */
export class KafkaLost extends EnvironmentError {}

/** The broker answered with errors. */
export class KafkaRefused extends EnvironmentError {
  /** By the place in the answer: `/members/0`. */
  readonly codes: ReadonlyMap<string, number>

  constructor(what: string, refused: ReadonlyMap<string, number>, cause: unknown) {
    const said = [...refused].map(([path, code]) => `${code} at ${path === '' ? '/' : path}`).join(', ')
    super(`${what} was refused by Kafka with ${said}.`, { cause })
    this.codes = refused
  }

  /** Every error is one of these. */
  isOnly(expected: readonly number[]): boolean {
    return [...this.codes.values()].every((code) => expected.includes(code))
  }
}

export class KafkaClient implements AsyncDisposable {
  readonly #address: Address
  #link: Promise<Connection> | undefined
  #opened = 0

  constructor(address: Address) {
    this.#address = address
  }

  /** Connections that the server accepted from this client. */
  get opened(): number {
    return this.#opened
  }

  /** Throws KafkaUnreached, KafkaLost or KafkaRefused; `what` begins the sentence. */
  async ask<R>(what: string, request: KafkaRequest<R>): Promise<R> {
    const connection = await this.#connected()
    try {
      return await request(connection, await import('@platformatic/kafka'))
    } catch (error) {
      const refused = codesOf(error)
      if (refused !== undefined) throw new KafkaRefused(what, refused, error)
      throw new KafkaLost(`${what} got no answer from Kafka: ${messageOf(error)}.`, { cause: error })
    }
  }

  /** Asks until the broker is ready to answer. Only for requests that may be sent twice. */
  async whenReady<R>(what: string, request: KafkaRequest<R>): Promise<R> {
    let last = 'nothing was refused'
    const answered = await poll(async () => {
      try {
        return { answer: await this.ask(what, request) }
      } catch (error) {
        if (!(error instanceof KafkaRefused) || !error.isOnly(notReady)) throw error
        last = error.message
        return undefined
      }
    }, { what, limitMs: READY_LIMIT_MS, everyMs: READY_EVERY_MS, last: () => last })
    return answered.answer
  }

  async #connected(): Promise<Connection> {
    const before = this.#link
    const known = await before?.catch(() => undefined)
    if (known?.isConnected() === true) return known
    // Of several that find it lost, the first opens the next one.
    if (this.#link === before || this.#link === undefined) this.#link = this.#open()
    return await this.#link
  }

  async #open(): Promise<Connection> {
    const { host, port } = this.#address
    const { Connection } = await import('@platformatic/kafka')
    const connection = new Connection('onceproof', {
      connectTimeout: CONNECT_LIMIT_MS, requestTimeout: REQUEST_LIMIT_MS, maxInflights: 1000,
    })
    // The loss of a connection shows in what was in flight on it.
    connection.on('error', ignore)
    try {
      await connection.connect(host, port)
    } catch (error) {
      throw new KafkaUnreached(`Kafka at ${host}:${port} accepted no connection: ${messageOf(error)}.`, {
        cause: error,
      })
    }
    this.#opened += 1
    return connection
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const link = this.#link
    this.#link = undefined
    // A connection that was lost before is as good as closed.
    await link?.then((connection) => connection.close()).catch(ignore)
  }
}

/** The library collects the errors of an answer in one, each with its place. */
function codesOf(error: unknown): ReadonlyMap<string, number> | undefined {
  if (!(error instanceof AggregateError)) return undefined
  const found = new Map<string, number>()
  for (const one of error.errors) {
    if (typeof one !== 'object' || one === null || !('apiCode' in one) || typeof one.apiCode !== 'number') continue
    found.set('path' in one ? String(one.path) : '', one.apiCode)
  }
  return found.size === 0 ? undefined : found
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message.replace(/\.$/, '') : String(error)
}

function ignore(): void {}
