/**
 * The harness's own AMQP client of one vhost: publishes with confirms, empties queues, declares.
 *
 * It goes straight to the server, never through a tap. Recovery is off: a lost connection loses what was in flight
 * (its outcome is open), and the next call opens a new one, once. It never consumes, so it holds no lease.
 */
import amqp from 'amqplib'
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import { within } from '../lib/clock.ts'
import { DeadlineError, EnvironmentError } from '../lib/errors.ts'
import type { RunningServer } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Outcome } from '../model/wire.ts'
import type { RabbitmqSettings } from './rabbitmq-settings.ts'

const CONNECT_LIMIT_MS = 10_000
const CONFIRM_LIMIT_MS = 10_000
const NOT_FOUND = 404

export interface DrainedMessage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly messageId: string | undefined
}

interface Link {
  readonly model: ChannelModel
  readonly confirms: ConfirmChannel
  /** Ids of messages that the broker gave back because no queue took them; one entry for each sending. */
  readonly returned: string[]
}

export class RabbitmqClient implements AsyncDisposable {
  readonly #server: RunningServer
  readonly #vhost: string
  readonly #name: string
  #link: Promise<Link> | undefined
  #opened = 0

  /** `name` is what the server's log calls the connections. */
  constructor(server: RunningServer, vhost: string, name: string) {
    this.#server = server
    this.#vhost = vhost
    this.#name = name
  }

  /** Connections that the server accepted from this client. */
  get opened(): number {
    return this.#opened
  }

  async connect(): Promise<void> {
    await this.#connected()
  }

  async declare(settings: RabbitmqSettings): Promise<void> {
    const { confirms } = await this.#connected()
    if (settings.deadLetter !== undefined) await confirms.assertQueue(settings.deadLetter, { durable: true })
    await confirms.assertQueue(settings.queue, { durable: settings.durable, arguments: settings.arguments })
  }

  async send(queue: string, message: Message): Promise<Outcome> {
    let link: Link
    try {
      link = await this.#connected()
    } catch (error) {
      // Nothing was sent: there was nothing to send it on.
      if (error instanceof EnvironmentError) return 'failed'
      throw error
    }
    const confirmed = new Promise<Outcome>((resolve) => {
      const options = {
        persistent: true, mandatory: true, contentType: 'application/json', messageId: message.id,
        headers: { 'message-id': message.id, ...message.headers },
      }
      link.confirms.sendToQueue(queue, Buffer.from(message.body), options, (error: unknown) => {
        // The broker gives an unroutable message back before it confirms it.
        const at = link.returned.indexOf(message.id)
        if (at !== -1) {
          link.returned.splice(at, 1)
          resolve('failed')
        } else if (error === null || error === undefined) {
          resolve('ok')
        } else {
          resolve(isNack(error) ? 'failed' : 'indeterminate')
        }
      })
    })
    try {
      return await within(confirmed, { what: `The confirm of message ${message.id}`, limitMs: CONFIRM_LIMIT_MS })
    } catch (error) {
      if (error instanceof DeadlineError) return 'indeterminate'
      // The channel was closed already and took nothing.
      if (error instanceof amqp.IllegalOperationError) return 'failed'
      throw error
    }
  }

  /** Takes all that lies in a queue; a queue that does not exist holds nothing. */
  async drain(queue: string): Promise<readonly DrainedMessage[]> {
    const { model } = await this.#connected()
    const channel = await model.createChannel()
    // The server closes the channel over a missing queue; the call that caused it rejects with the same error.
    channel.on('error', ignore)
    try {
      const taken = await takeAll(channel, queue)
      // The close is answered after every ack before it was carried out.
      await channel.close()
      return taken
    } catch (error) {
      if (isNotFound(error)) return []
      throw new EnvironmentError(`Queue "${queue}" could not be emptied: ${messageOf(error)}.`, { cause: error })
    }
  }

  /** Opens and closes a connection of that name, for the server's log. */
  async visit(name: string): Promise<void> {
    const model = await this.#open(name)
    await model.close()
  }

  async #connected(): Promise<Link> {
    if (this.#link === undefined) {
      // Only this link's own end may forget it: by then there may be a next one.
      const opening = this.#openLink(() => {
        if (this.#link === opening) this.#link = undefined
      })
      this.#link = opening
    }
    return await this.#link
  }

  async #openLink(forget: () => void): Promise<Link> {
    try {
      const model = await this.#open(this.#name)
      model.on('close', forget)
      const confirms = await model.createConfirmChannel()
      const returned: string[] = []
      confirms.on('return', (message) => returned.push(String(message.properties.messageId)))
      confirms.on('error', ignore)
      // The server closes a channel alone over what it refuses; its connection is of no more use then.
      confirms.on('close', () => {
        forget()
        model.close().catch(ignore)
      })
      return { model, confirms, returned }
    } catch (error) {
      forget()
      throw error
    }
  }

  async #open(name: string): Promise<ChannelModel> {
    const { address, user, password } = this.#server
    try {
      const model = await within(amqp.connect({
        hostname: address.host, port: address.port, username: user, password, vhost: this.#vhost, heartbeat: 0,
      }, {
        noDelay: true, clientProperties: { connection_name: name },
      }), { what: 'The connection', limitMs: CONNECT_LIMIT_MS })
      // The loss of a connection shows in what was in flight on it.
      model.on('error', ignore)
      this.#opened += 1
      return model
    } catch (error) {
      throw new EnvironmentError(
        `RabbitMQ at ${address.host}:${address.port} accepted no connection to vhost "${this.#vhost}": `
        + `${messageOf(error)}.`, { cause: error },
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const link = this.#link
    this.#link = undefined
    if (link === undefined) return
    // A connection that was lost before is as good as closed.
    await link.then(({ model }) => model.close(), ignore).catch(ignore)
  }
}

async function takeAll(channel: Channel, queue: string): Promise<DrainedMessage[]> {
  const taken: DrainedMessage[] = []
  for (;;) {
    const message = await channel.get(queue, { noAck: false })
    if (message === false) break
    const messageId: unknown = message.properties.messageId
    taken.push({
      body: message.content.toString('utf8'),
      headers: textOf(message.properties.headers ?? {}),
      messageId: typeof messageId === 'string' ? messageId : undefined,
    })
  }
  // All at once: a connection that is lost in the middle has taken nothing.
  if (taken.length > 0) channel.ackAll()
  return taken
}

function textOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const pairs = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(pairs.map(([name, value]) => [
    name, typeof value === 'string' ? value : JSON.stringify(value),
  ]))
}

/** amqplib tells a nack apart from a closed channel by the message alone. */
function isNack(error: unknown): boolean {
  return error instanceof Error && error.message === 'message nacked'
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}

function ignore(): void {}
