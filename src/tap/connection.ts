/**
 * One connection of the subject, passing through a tap: subject <-> tap <-> Toxiproxy <-> server.
 *
 * Both sides are always read. What is withheld is kept in memory as units, in order; a withheld unit holds back
 * everything behind it in its direction but what may overtake (heartbeats). Bytes are forwarded exactly as they came.
 * What the subject sees of a break (FIN, RST) is decided here; what the server sees is Toxiproxy's.
 */
import { connect, type Socket } from 'node:net'
import { assert } from '../lib/assert.ts'
import type { Address } from '../model/edges.ts'
import type { Interjection, Outcome, RawDirection, Unit, WireSession } from '../model/wire.ts'
import type { OwedAnswers } from './owed-answers.ts'
import type { RawFrame, RawSplitter } from '../wire/raw-frames.ts'

export type Decision = 'pass' | 'hold'

/** Who is told about every unit, before and after it goes on its way, and decides whether it may. */
export interface Watcher {
  opened(connection: TapConnection): void
  closed(connection: TapConnection, by: 'subject' | 'server' | 'fault'): void
  request(connection: TapConnection, unit: Unit): Decision
  forwarded(connection: TapConnection, unit: Unit): void
  reply(connection: TapConnection, unit: Unit): Decision
  answered(connection: TapConnection, unit: Unit): void
  /** It was sent when the server's side was gone and the subject had not been told: nobody will hear of it. */
  lost?(connection: TapConnection, unit: Unit): void
  /** Bytes that claim to be known and do not decode: a harness error. */
  undecodable(connection: TapConnection, error: unknown): void
  /**
   * Decides over raw frames, for `--exhaustive`. Where it is there, frames go on their way one by one, and the decoder
   * only listens: its units are told above before the frame that completes them is decided here, and their decisions
   * count for nothing. What is withheld is still decoded.
   */
  readonly raw?: ((connection: TapConnection, direction: RawDirection, frame: RawFrame) => Decision) | undefined
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly id: string
  readonly link: string
  /** Where names of its deliveries hold, if not on this connection alone. */
  readonly scope?: string | undefined
  readonly client: Socket
  readonly session: WireSession
  readonly owed: OwedAnswers
  readonly watcher: Watcher
  /** There exactly when the watcher decides over raw frames. */
  readonly splitter: RawSplitter | undefined
}

interface OpenInterjection {
  readonly interjection: Interjection
  readonly finish: (outcome: Outcome) => void
  received: Buffer
}

export class TapConnection {
  readonly id: string
  readonly link: string
  /** Names of deliveries hold within this: the connection, or the whole link. */
  readonly scope: string
  readonly #watcher: Watcher
  readonly #session: WireSession
  readonly #client: Socket
  #upstream: Socket | undefined
  #heldRequests: Unit[] = []
  #heldReplies: Unit[] = []
  readonly #splitter: RawSplitter | undefined
  #heldFrames: { readonly direction: RawDirection; readonly pass: () => void }[] = []
  #interjection: OpenInterjection | undefined
  #closed = false
  #clientGone = false
  #upstreamGone = false
  #keepUpstream = false
  #cutting = false
  #detached = false
  #lingers = false
  readonly #owed: OwedAnswers
  /** What was said before the server could be reached: nobody has heard it yet, so nothing has begun. */
  #unsaid: Buffer[] | undefined

  constructor({ id, link, scope, client, session, owed, watcher, splitter }: ConnectionParts) {
    this.#owed = owed
    this.id = id
    this.link = link
    this.scope = scope ?? id
    this.#client = client
    this.#session = session
    this.#watcher = watcher
    this.#splitter = splitter
  }

  /** Connects upstream and starts to pass bytes; `early` is what the subject sent while the gate was shut. */
  open(upstream: Address, early: readonly Buffer[]): void {
    assert(this.#upstream === undefined, 'a connection opens once')
    const socket = connect({ host: upstream.host, port: upstream.port, noDelay: true })
    this.#upstream = socket
    this.#unsaid = [...early]
    socket.on('connect', () => {
      const said = this.#unsaid ?? []
      this.#unsaid = undefined
      for (const bytes of said) this.#receive('request', bytes)
      if (!this.#clientGone) return
      this.#endUpstream()
      this.#close('subject')
    })
    socket.on('data', (bytes) => this.#receive('reply', bytes))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#upstreamClosed())
    this.#client.on('data', (bytes: Buffer) => {
      if (this.#unsaid === undefined) this.#receive('request', bytes)
      else this.#unsaid.push(bytes)
    })
    this.#watcher.opened(this)
    this.#client.on('error', () => this.#client.destroy())
    this.#client.on('end', () => this.#clientClosed())
    this.#client.on('close', () => this.#clientClosed())
    if (this.#client.destroyed || this.#client.readableEnded) this.#clientClosed()
  }

  get isOpen(): boolean {
    return !this.#closed
  }

  get isClientGone(): boolean {
    return this.#clientGone
  }

  /** The port that the subject speaks from; undefined when its side is gone. */
  get clientPort(): number | undefined {
    return this.#client.remotePort
  }

  get isUpstreamGone(): boolean {
    return this.#upstreamGone
  }

  /** The subject is gone, and the server still owes an answer that is worth hearing. */
  get isParked(): boolean {
    return this.#clientGone && !this.#upstreamGone && !this.#owed.isEmpty
  }

  get heldRequests(): readonly Unit[] {
    return this.#heldRequests
  }

  get heldReplies(): readonly Unit[] {
    return this.#heldReplies
  }

  /** When the subject goes, the server is not told until `dropUpstream`. */
  keepUpstream(): void {
    this.#keepUpstream = true
  }

  dropUpstream(): void {
    this.#keepUpstream = false
    this.#upstream?.end()
  }

  /** The server's side is about to be broken; the subject is not told until `reset`. */
  expectCut(): void {
    this.#cutting = true
  }

  /** As `expectCut`, and the subject is not told at all: what it sends from then on is lost. */
  detach(): void {
    this.#cutting = true
    this.#detached = true
  }

  /** Lets everything that is withheld go on its way. */
  release(): void {
    const frames = this.#heldFrames
    this.#heldFrames = []
    for (const { pass } of frames) pass()
    const replies = this.#heldReplies
    this.#heldReplies = []
    for (const unit of replies) this.#answer(unit)
    const requests = this.#heldRequests
    this.#heldRequests = []
    for (const unit of requests) this.#forward(unit)
    if (this.#upstreamGone && !this.#clientGone && !this.#detached) this.#client.end()
  }

  /** Forwards the withheld requests only; for a subject that is dead already. */
  forwardHeld(): void {
    const requests = this.#heldRequests
    this.#heldRequests = []
    for (const unit of requests) this.#forward(unit)
  }

  dropHeld(): void {
    this.#heldFrames = []
    this.#heldRequests = []
    this.#heldReplies = []
  }

  /** Takes the withheld requests out, in order; they will not be forwarded. */
  takeHeldRequests(): Unit[] {
    const requests = this.#heldRequests
    this.#heldRequests = []
    return requests
  }

  /** Takes the withheld request of one operation out; what is held behind it stays held. */
  dropHeldOf(op: number): void {
    this.#heldRequests = this.#heldRequests.filter((unit) => unit.op !== op)
  }

  /** Sends bytes of the harness's own upstream, in the subject's place. */
  sendUpstream(bytes: Buffer): void {
    this.#upstream?.write(bytes)
  }

  /** Gives the subject an answer of the harness's own, read by the decoder as if the server had sent it. */
  answerAs(bytes: Buffer): void {
    this.#receive('reply', bytes)
  }

  /** A server's last words: its side is closed, then the subject gets the answer and the end of the stream. */
  hangUpWith(bytes: Buffer): void {
    this.#cutting = true
    this.#upstream?.destroy()
    this.#receive('reply', bytes)
    this.#client.end()
    this.#close('fault')
  }

  /** RST towards the subject; what is withheld is dropped, not flushed. */
  reset(): void {
    this.dropHeld()
    this.#client.resetAndDestroy()
    this.#close('fault')
  }

  /** A conversation with the server that the subject does not see; 'indeterminate' when the server goes first. */
  interject(interjection: Interjection): Promise<Outcome> {
    assert(this.#interjection === undefined, 'one interjection at a time')
    if (this.#upstreamGone || this.#upstream === undefined) return Promise.resolve('indeterminate')
    return new Promise((resolve) => {
      this.#interjection = {
        interjection,
        received: Buffer.alloc(0),
        finish: (outcome) => {
          this.#interjection = undefined
          resolve(outcome)
        },
      }
      this.#upstream?.write(interjection.bytes)
      // Some conversations need no answer.
      const outcome = interjection.done(Buffer.alloc(0))
      if (outcome !== undefined) this.#interjection?.finish(outcome)
    })
  }

  destroy(): void {
    this.#client.destroy()
    this.#upstream?.destroy()
    this.#close('fault')
  }

  #receive(direction: RawDirection, bytes: Buffer): void {
    if (direction === 'reply' && this.#interjection !== undefined) {
      this.#hearInterjection(bytes)
      return
    }
    if (this.#splitter !== undefined) {
      for (const frame of this.#splitter.split(direction, bytes)) this.#handleFrame(direction, frame)
      return
    }
    // What came in one piece leaves in one piece: each write would be a system call and a segment of its own.
    const socket = direction === 'request' ? this.#upstream : this.#client
    socket?.cork()
    for (const unit of this.#decode(direction, bytes)) {
      if (direction === 'request') this.#handleRequest(unit)
      else this.#handleReply(unit)
    }
    socket?.uncork()
  }

  #decode(direction: RawDirection, bytes: Buffer): Unit[] {
    try {
      return direction === 'request' ? this.#session.request(bytes) : this.#session.reply(bytes)
    } catch (error) {
      this.#watcher.undecodable(this, error)
      this.destroy()
      return []
    }
  }

  #handleFrame(direction: RawDirection, frame: RawFrame): void {
    const watcher = this.#watcher
    const units = this.#decode(direction, frame.bytes)
    for (const unit of units) this.#owed.heard(unit)
    for (const unit of units) watcher[direction](this, unit)
    const pass = (): void => {
      if (direction === 'request' ? this.#upstreamGone : this.#clientGone) return
      const socket = direction === 'request' ? this.#upstream : this.#client
      socket?.write(frame.bytes)
      for (const unit of units) this.#owed.asked(unit)
      for (const unit of units) watcher[direction === 'request' ? 'forwarded' : 'answered'](this, unit)
    }
    const decision = watcher.raw?.(this, direction, frame)
    if (decision === 'hold' || this.#heldFrames.some((held) => held.direction === direction)) {
      this.#heldFrames.push({ direction, pass })
    } else pass()
  }

  #handleRequest(unit: Unit): void {
    const decision = this.#watcher.request(this, unit)
    if (unit.overtakes !== true && (this.#heldRequests.length > 0 || decision === 'hold')) {
      this.#heldRequests.push(unit)
      return
    }
    this.#forward(unit)
  }

  #handleReply(unit: Unit): void {
    this.#owed.heard(unit)
    const decision = this.#watcher.reply(this, unit)
    if (this.#lingers && !this.isParked) this.#endLingering()
    if (unit.overtakes !== true && (this.#heldReplies.length > 0 || decision === 'hold')) {
      this.#heldReplies.push(unit)
      return
    }
    this.#answer(unit)
  }

  #forward(unit: Unit): void {
    if (this.#upstreamGone || this.#upstream === undefined) {
      if (this.#detached) this.#watcher.lost?.(this, unit)
      return
    }
    this.#upstream.write(unit.bytes)
    this.#owed.asked(unit)
    this.#watcher.forwarded(this, unit)
  }

  #answer(unit: Unit): void {
    if (this.#clientGone) return
    this.#client.write(unit.bytes)
    this.#watcher.answered(this, unit)
  }

  #hearInterjection(bytes: Buffer): void {
    const open = this.#interjection
    assert(open !== undefined, 'only called during an interjection')
    open.received = Buffer.concat([open.received, bytes])
    const outcome = open.interjection.done(open.received)
    if (outcome !== undefined) open.finish(outcome)
  }

  #clientClosed(): void {
    if (this.#clientGone) return
    this.#clientGone = true
    this.#client.destroy()
    if (this.#unsaid !== undefined) return
    this.#endUpstream()
    this.#close('subject')
  }

  #endUpstream(): void {
    if (this.isParked) this.#lingers = true
    else if (!this.#keepUpstream) {
      this.#heldRequests = []
      this.#heldFrames = []
      this.#upstream?.end()
    }
  }

  /** The answer has come that the dead subject had asked for. */
  #endLingering(): void {
    this.#lingers = false
    this.#upstream?.end()
    for (const unit of this.#session.close()) this.#watcher.reply(this, unit)
  }

  #upstreamClosed(): void {
    if (this.#upstreamGone) return
    this.#upstreamGone = true
    this.#interjection?.finish('indeterminate')
    if (this.#cutting) return
    if (!this.#clientGone && this.#heldReplies.length === 0) this.#client.end()
    this.#close('server')
  }

  #close(by: 'subject' | 'server' | 'fault'): void {
    if (this.#closed) return
    this.#closed = true
    if (by === 'fault') {
      this.#clientGone = true
      this.#upstream?.end()
    }
    if (!this.#keepUpstream && !this.#lingers) for (const unit of this.#session.close()) this.#watcher.reply(this, unit)
    this.#watcher.closed(this, by)
  }
}
