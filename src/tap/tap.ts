/**
 * A tap: the listener that one incarnation reaches one dependency by.
 *
 * It binds first, to port 0 of the loopback interface, and keeps the socket, or takes a slot whose address the server
 * was told. Connections are accepted at once and read, but go upstream only when the gate is open, so that a spare can
 * be started and held at its first byte.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { assert } from '../lib/assert.ts'
import type { Address, Slot } from '../model/edges.ts'
import type { WireProtocol, WireSession } from '../model/wire.ts'
import { openRawSplitter } from '../wire/raw-frames.ts'
import { TapConnection, type Watcher } from './connection.ts'
import { OwedAnswers } from './owed-answers.ts'

interface WaitingConnection {
  readonly socket: Socket
  readonly early: Buffer[]
  readonly keep: (bytes: Buffer) => void
}

export class Tap implements AsyncDisposable {
  readonly link: string
  readonly address: Address
  readonly #shut: () => Promise<void>
  readonly #wire: WireProtocol
  readonly #openSession: () => WireSession
  readonly #upstream: Address
  readonly #watcher: Watcher
  readonly #prefix: string
  readonly #waiting: WaitingConnection[] = []
  readonly #connections: TapConnection[] = []
  #gateOpen: boolean
  #left: Promise<void> | undefined

  private constructor(place: Place, settings: TapSettings) {
    const { wire } = settings
    this.address = place.address
    this.link = settings.link
    this.#shut = place.shut
    this.#wire = wire
    this.#openSession = wire.openLink?.() ?? (() => wire.open())
    this.#upstream = settings.upstream
    this.#watcher = settings.watcher
    this.#prefix = settings.prefix
    this.#gateOpen = !settings.gated
    place.accept((socket) => this.#accept(socket))
  }

  static async open(settings: TapSettings): Promise<Tap> {
    return new Tap(settings.slot === undefined ? await anyPort() : placeOf(settings.slot), settings)
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

  /** Nobody will connect any more: its place is free for another tap. Connections that are open stay. */
  leave(): Promise<void> {
    return (this.#left ??= this.#shut())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#waiting) socket.destroy()
    for (const connection of this.#connections) connection.destroy()
    await this.leave()
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
      scope: this.#wire.openLink === undefined ? undefined : this.link, session: this.#openSession(),
      owed: new OwedAnswers((start) => this.#wire.hearsOut?.(start) ?? false),
      splitter: watcher.raw === undefined ? undefined : openRawSplitter(this.#wire),
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
  /** A listener whose address the server knows; any free port otherwise. */
  readonly slot?: Slot | undefined
}

/** Where a tap listens. */
interface Place {
  readonly address: Address
  readonly accept: (handler: (socket: Socket) => void) => void
  readonly shut: () => Promise<void>
}

function placeOf(slot: Slot): Place {
  return {
    address: slot.address,
    accept: (handler) => slot.accept(handler),
    shut: () => {
      slot.release()
      return Promise.resolve()
    },
  }
}

async function anyPort(): Promise<Place> {
  const server = createServer({ noDelay: true, allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: { host: '127.0.0.1', port: parseBound(server.address()).port },
    accept: (handler) => void server.on('connection', handler),
    shut: () => new Promise((resolve) => {
      server.close(() => resolve())
    }),
  }
}

function parseBound(address: AddressInfo | string | null): AddressInfo {
  assert(address !== null && typeof address !== 'string', 'a listening TCP server has an address')
  return address
}
