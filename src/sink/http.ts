/**
 * The HTTP sink: a server of ours that stands for everything outside, one for each cell.
 *
 * What it performed is the effect, whatever the subject heard of it. It takes every path and method, keeps whole
 * requests in memory, and speaks plain HTTP/1.1 on the loopback. Holding, cutting and answering errors at a point is
 * the tap's work before it; here is only what a provider would do.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { nowMs } from '../lib/clock.ts'
import { assert } from '../lib/assert.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { Address, Sink, SinkCall, SinkShare } from '../model/edges.ts'
import { httpWire } from '../wire/http/wire.ts'
import { HttpCalls } from './http-calls.ts'
import { parseHttpSinkSettings } from './http-settings.ts'

const HOST = '127.0.0.1'

export const http: Sink = {
  kind: 'http',

  async cell(_cell, name, settings) {
    const calls = new HttpCalls(parseHttpSinkSettings(name, settings))
    const server = createServer((request, response) => {
      answer(calls, request, response)
    })
    // A subject's pool may stay silent for long, and it is not for the outside world to end its connections.
    server.keepAliveTimeout = 0
    server.requestTimeout = 0
    const port = await listen(server, name)
    return new HttpShare(name, { host: HOST, port }, { server, calls })
  },
}

class HttpShare implements SinkShare {
  readonly name: string
  readonly upstream: Address
  readonly wire = httpWire
  readonly #server: Server
  readonly #calls: HttpCalls
  #accepted = 0

  constructor(name: string, upstream: Address, parts: { readonly server: Server; readonly calls: HttpCalls }) {
    this.name = name
    this.upstream = upstream
    this.#server = parts.server
    this.#calls = parts.calls
    this.#server.on('connection', () => {
      this.#accepted += 1
    })
  }

  readonly template = (tap: Address): Readonly<Record<string, string>> => {
    const address = `${tap.host}:${tap.port}`
    return { url: `http://${address}`, address, host: tap.host, port: String(tap.port) }
  }

  calls(): readonly SinkCall[] {
    return this.#calls.all()
  }

  plantLoss(): void {
    this.#calls.plantLoss()
  }

  plantCopy(): boolean {
    return this.#calls.plantCopy()
  }

  async connectionsSeen(): Promise<number | undefined> {
    return this.#accepted
  }

  /** The harness looks at the calls themselves and connects to nothing. */
  connectionsOwn(): number {
    return 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    this.#server.closeAllConnections()
    await closed
  }
}

async function listen(server: Server, name: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new EnvironmentError(`The sink "${name}" can't listen on ${HOST}: ${error.message}.`, { cause: error }))
    })
    server.listen(0, HOST, resolve)
  })
  const address = server.address()
  assert(address !== null && typeof address === 'object', 'a listening TCP server has a port')
  return address.port
}

/** A call arrives when the last byte of its body does; one that breaks off before never reached the other side. */
function answer(calls: HttpCalls, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  // Nothing to say: the caller has gone in the middle of its request.
  request.on('error', () => {})
  request.on('end', () => {
    const reaction = calls.arrive({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: headersOf(request),
      body: Buffer.concat(chunks).toString('utf8'),
    }, nowMs())
    if (reaction === 'drop') {
      request.socket.destroy()
      return
    }
    response.writeHead(reaction.status, { 'content-type': 'application/json' }).end(reaction.body)
  })
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [
    name, Array.isArray(value) ? value.join(', ') : value ?? '',
  ]))
}
