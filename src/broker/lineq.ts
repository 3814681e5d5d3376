/**
 * Lineq as a source, the queue that exists for tests alone: each cell's share is a space of its own on the server.
 *
 * A lease is the connection: its end gives back what was delivered on it. The harness's own client asks one thing
 * after the other, never subscribes and never comes back on its own.
 */
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { within } from '../lib/clock.ts'
import { DeadlineError, EnvironmentError } from '../lib/errors.ts'
import type { Address, Broker, RunningServer, SourceShare, Taken } from '../model/edges.ts'
import { linkKind } from '../model/kind.ts'
import type { Message } from '../model/message.ts'
import type { Outcome } from '../model/wire.ts'
import { lineqWire, type LineqMessage } from '../wire/lineq/wire.ts'

const ANSWER_LIMIT_MS = 5_000

export const lineqKind = linkKind({
  settings: z.strictObject({
    queue: z.string().regex(/^[\w.-]+$/).optional().describe('The name of the source by default'),
  }),
  named: 'queue',
  fields: () => ['address', 'host', 'port', 'space', 'queue'],
})

export const lineq: Broker = {
  kind: 'lineq',

  async cell(server, cell, name, settings) {
    const { queue = name } = lineqKind.settings.parse(settings)
    const share = new LineqShare(server, { name, space: `${cell}-${name}`.replaceAll(/[^\w-]/g, '-'), queue })
    await share.start()
    return share
  },
}

interface Place {
  readonly name: string
  readonly space: string
  readonly queue: string
}

class LineqShare implements SourceShare {
  readonly name: string
  readonly upstream: Address
  readonly wire = lineqWire
  readonly #place: Place
  readonly #client: LineqClient

  constructor(server: RunningServer, place: Place) {
    this.name = place.name
    this.upstream = server.address
    this.#place = place
    this.#client = new LineqClient(server.address)
  }

  async start(): Promise<void> {
    await this.#client.ask(`HI ${this.#place.space}`)
  }

  readonly template = ({ host, port }: Address): Readonly<Record<string, string>> => {
    const { space, queue } = this.#place
    return { address: `${host}:${port}`, host, port: String(port), space, queue }
  }

  async send({ id, headers, body }: Message): Promise<Outcome> {
    return await this.#put(this.#place.queue, { id, headers, body })
  }

  async backlog(): Promise<{ readonly ready: number; readonly unsettled: number }> {
    const [, ready, unsettled] = (await this.#client.ask(`LEN ${this.#place.queue}`)).split(' ')
    return { ready: Number(ready), unsettled: Number(unsettled) }
  }

  async drain(queue: string): Promise<readonly Taken[]> {
    const taken: Taken[] = []
    for (;;) {
      const text = (await this.#client.ask(`GET ${queue}`)).slice('GOT '.length)
      if (text === '') return taken
      const { id, headers, body } = parseMessage(text)
      taken.push({ body, headers, messageId: id })
    }
  }

  async plantCopy(queue: string, { body, headers, messageId }: Taken): Promise<Outcome> {
    return await this.#put(queue, { id: messageId ?? '', headers, body })
  }

  async connectionsSeen(): Promise<number | undefined> {
    return Number((await this.#client.ask('CNT')).slice('CNT '.length))
  }

  connectionsOwn(): number {
    return 1
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A server that is gone has forgotten the space.
    await this.#client.ask('END').catch(() => undefined)
    this.#client[Symbol.dispose]()
  }

  async #put(queue: string, message: LineqMessage): Promise<Outcome> {
    try {
      return await this.#client.ask(`PUT ${queue} ${JSON.stringify(message)}`) === 'OK' ? 'ok' : 'failed'
    } catch (error) {
      if (error instanceof EnvironmentError || error instanceof DeadlineError) return 'indeterminate'
      throw error
    }
  }
}

class LineqClient implements Disposable {
  readonly #socket: Socket
  #received = ''
  #waiting: PromiseWithResolvers<string> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor({ host, port }: Address) {
    this.#socket = connect(port, host).setEncoding('utf8').setNoDelay(true)
    this.#socket.on('data', (text: string) => {
      this.#received += text
      if (!this.#received.endsWith('\n')) return
      this.#waiting?.resolve(this.#received.slice(0, -1))
      this.#received = ''
    })
    // The loss of a connection shows in what was asked on it.
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#waiting?.reject(new EnvironmentError('the connection to lineq is gone')))
  }

  /** The reply line. */
  async ask(line: string): Promise<string> {
    const answer = this.#last.then(() => within(this.#exchange(line), { what: line, limitMs: ANSWER_LIMIT_MS }))
    this.#last = answer.catch(() => undefined)
    return await answer
  }

  async #exchange(line: string): Promise<string> {
    if (this.#socket.closed) throw new EnvironmentError('the connection to lineq is gone')
    this.#waiting = Promise.withResolvers<string>()
    this.#socket.write(`${line}\n`)
    return await this.#waiting.promise
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

function parseMessage(text: string): LineqMessage {
  return JSON.parse(text) as LineqMessage
}
