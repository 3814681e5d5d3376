/**
 * A tap: the listener that one incarnation reaches one dependency by.
 *
 * It binds first, to port 0 of the loopback interface, and keeps the socket; connections are accepted at once and
 * read, but go upstream only when the gate is open, so that a spare can be started and held at its first byte.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { assert } from '../lib/assert.ts'
import type { Address } from '../model/edges.ts'
import type { WireProtocol } from '../model/wire.ts'
import { openRawSplitter } from '../wire/raw-frames.ts'
import { TapConnection, type Watcher } from './connection.ts'

interface WaitingConnection {
  readonly socket: Socket
  readonly early: Buffer[]
  readonly keep: (bytes: Buffer) => void
}

export class Tap implements AsyncDisposable {
  readonly link: string
  readonly address: Address
  readonly #server: Server
  readonly #wire: WireProtocol
  readonly #upstream: Address
  readonly #watcher: Watcher
  readonly #prefix: string
  readonly #waiting: WaitingConnection[] = []
  readonly #connections: TapConnection[] = []
  #gateOpen: boolean

  private constructor(server: Server, settings: TapSettings) {
    const bound = parseBound(server.address())
    this.address = { host: '127.0.0.1', port: bound.port }
    this.link = settings.link
    this.#server = server
    this.#wire = settings.wire
    this.#upstream = settings.upstream
    this.#watcher = settings.watcher
    this.#prefix = settings.prefix
    this.#gateOpen = !settings.gated
    server.on('connection', (socket) => this.#accept(socket))
  }

  static async open(settings: TapSettings): Promise<Tap> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Tap(server, settings)
  }

  get connections(): readonly TapConnection[] {
    return this.#connections
  }

  /** How many connections of the subject wait at the shut gate. */
  get waiting(): number {
    return this.#waiting.length
  }

  openGate(): void {
    if (this.#gateOpen) return
    this.#gateOpen = true
    for (const { socket, early, keep } of this.#waiting.splice(0)) {
      socket.off('data', keep)
      this.#begin(socket, early)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#waiting) socket.destroy()
    for (const connection of this.#connections) connection.destroy()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.#gateOpen) {
      this.#begin(socket, [])
      return
    }
    const early: Buffer[] = []
    const keep = (bytes: Buffer): void => {
      early.push(bytes)
    }
    socket.on('data', keep)
    this.#waiting.push({ socket, early, keep })
  }

  #begin(socket: Socket, early: readonly Buffer[]): void {
    const watcher = this.#watcher
    const connection = new TapConnection({
      id: `${this.#prefix}${this.#connections.length + 1}`, link: this.link, client: socket, watcher,
      session: this.#wire.open(), splitter: watcher.raw === undefined ? undefined : openRawSplitter(this.#wire.name),
    })
    this.#connections.push(connection)
    connection.open(this.#upstream, early)
  }
}

export interface TapSettings {
  readonly link: string
  readonly wire: WireProtocol
  /** Where Toxiproxy listens for this link. */
  readonly upstream: Address
  readonly watcher: Watcher
  /** Connection ids are this and a number. */
  readonly prefix: string
  readonly gated: boolean
}

function parseBound(address: AddressInfo | string | null): AddressInfo {
  assert(address !== null && typeof address !== 'string', 'a listening TCP server has an address')
  return address
}
