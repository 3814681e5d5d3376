/**
 * RabbitMQ as a source: each cell's share is a vhost of its own, with its queue.
 *
 * The harness talks to the server directly, by AMQP as the producer and by the management API for the vhost and the
 * backlog. It does not start the server, never consumes, and never touches a vhost that it did not make.
 */
import { ConnectionCount } from '../lib/connection-count.ts'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import type { Address, Broker, RunningServer, SourceShare , Taken } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Outcome } from '../model/wire.ts'
import { amqpWire } from '../wire/amqp/wire.ts'
import type { DrainedMessage } from './rabbitmq-client.ts'
import { RabbitmqClient } from './rabbitmq-client.ts'
import { ManagementGone, RabbitmqManagement } from './rabbitmq-management.ts'
import type { QueueTotals } from './rabbitmq-management.ts'
import { parseRabbitmqSettings } from './rabbitmq-settings.ts'
import type { RabbitmqSettings } from './rabbitmq-settings.ts'

export const rabbitmq: Broker = {
  kind: 'rabbitmq',

  async cell(server, cell, name, settings) {
    const parsed = parseRabbitmqSettings(name, settings)
    const share = new RabbitmqShare(server, { name, vhost: vhostName(cell, name), settings: parsed })
    try {
      await share.start()
    } catch (error) {
      await share[Symbol.asyncDispose]()
      throw error
    }
    return share
  },
}

class RabbitmqShare implements SourceShare {
  readonly name: string
  readonly upstream: Address
  readonly wire = amqpWire
  readonly #server: RunningServer
  readonly #vhost: string
  readonly #settings: RabbitmqSettings
  readonly #management: RabbitmqManagement
  readonly #client: RabbitmqClient
  readonly #seen: ConnectionCount | undefined
  #made = false

  constructor(
    server: RunningServer,
    share: { readonly name: string; readonly vhost: string; readonly settings: RabbitmqSettings },
  ) {
    const { name, vhost, settings } = share
    this.name = name
    this.upstream = server.address
    this.#server = server
    this.#vhost = vhost
    this.#settings = settings
    this.#management = new RabbitmqManagement(server)
    this.#seen = server.logFile === undefined
      ? undefined
      : new ConnectionCount(server.logFile, (line) => isGranted(line, vhost))
    this.#client = new RabbitmqClient(server, vhost, this.#seen?.first ?? 'onceproof')
  }

  async start(): Promise<void> {
    await this.#management.createVhost(this.#vhost)
    this.#made = true
    // Connects in any case: the first own connection starts the count of all.
    await this.#client.connect()
    if (this.#settings.declare) await this.#client.declare(this.#settings)
  }

  /** `x-delivery-limit` of a quorum queue: https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling */
  get deliveryLimit(): number | undefined {
    const limit = this.#settings.arguments['x-delivery-limit']
    return typeof limit === 'number' ? limit : undefined
  }

  readonly template = (tap: Address): Readonly<Record<string, string>> => {
    const { user, password } = this.#server
    const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
    const address = `${tap.host}:${tap.port}`
    return {
      address, host: tap.host, port: String(tap.port), user, password,
      vhost: this.#vhost, queue: this.#settings.queue,
      url: `amqp://${login}@${address}/${encodeURIComponent(this.#vhost)}`,
    }
  }

  async send(message: Message): Promise<Outcome> {
    return await this.#client.send(this.#settings.queue, message)
  }

  async backlog(): Promise<{ readonly ready: number; readonly unsettled: number }> {
    const queues = await this.#management.queues(this.#vhost)
    return backlogOf(queues, this.#settings.queue)
  }

  async drain(queue: string): Promise<readonly DrainedMessage[]> {
    return await this.#client.drain(queue)
  }

  async plantCopy(queue: string, taken: Taken): Promise<Outcome> {
    const { body, headers } = taken
    return await this.#client.send(queue, { id: taken.messageId ?? '', headers, body, tokens: [], fields: {} })
  }

  async connectionsSeen(): Promise<number | undefined> {
    return await this.#seen?.count((name) => this.#client.visit(name))
  }

  connectionsOwn(): number {
    return this.#client.opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
    if (!this.#made) return
    this.#made = false
    try {
      await this.#management.deleteVhost(this.#vhost)
    } catch (error) {
      // A server that is gone can't be cleaned up, and the one that ended it takes its data along.
      if (!(error instanceof ManagementGone)) throw error
    }
  }
}

/**
 * What lies in the source's queue and in queues that give messages back after a time (a TTL and a dead-letter
 * exchange: how retries are delayed). A delay set on each message instead of the queue does not show here.
 */
export function backlogOf(
  queues: readonly QueueTotals[], queue: string,
): { readonly ready: number; readonly unsettled: number } {
  const counted = queues.filter(({ name, arguments: given }) =>
    name === queue || (given['x-message-ttl'] !== undefined && given['x-dead-letter-exchange'] !== undefined))
  let ready = 0
  let unsettled = 0
  for (const totals of counted) {
    if (totals.messages_ready === undefined || totals.messages_unacknowledged === undefined) {
      throw new EnvironmentError(`RabbitMQ does not tell how much lies in queue "${totals.name}".`)
    }
    ready += totals.messages_ready
    unsettled += totals.messages_unacknowledged
  }
  return { ready, unsettled }
}

/** `... connection <0.8.0> (CLIENT -> SERVER - NAME): user 'U' authenticated and granted access to vhost 'V'`. */
export function isGranted(line: string, vhost: string): boolean {
  return line.endsWith(` authenticated and granted access to vhost '${vhost}'`)
}

/** Letters, digits, dots and dashes only, so that a log line quotes it as it is. */
function vhostName(cell: string, name: string): string {
  const plain = `onceproof-${cell}-${name}`.replaceAll(/[^\w.-]/g, '-')
  // A short string of the protocol, which is what carries it, holds 255 bytes.
  if (plain.length > 255) throw new UsageError(`The source name "${name}" is too long for a vhost.`)
  return plain
}
