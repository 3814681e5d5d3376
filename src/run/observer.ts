/**
 * The observer of one incarnation's taps: turns units into events with names, messages and causes, and asks the armed
 * crossing whether a unit may pass.
 *
 * A causal chain is one delivery to one incarnation and all that it leads to until the next delivery; before the first
 * delivery it is the start-up. Occurrences are counted within a chain. Work that also goes on in the idle window, or
 * that carries no token while nothing is in flight, is background.
 */
import { nowMs } from '../lib/clock.ts'
import type { EventBody } from '../model/event.ts'
import { operationKey, plainName } from '../model/point.ts'
import type { Fact, Lease, OperationStart, Unit } from '../model/wire.ts'
import type { Decision, TapConnection, Watcher } from '../tap/connection.ts'
import type { Crossing } from '../nemesis/crossing.ts'
import type { LiveOperation } from '../nemesis/live-operation.ts'
import type { RawWatch } from '../nemesis/raw-watch.ts'

type Delivered = Extract<Fact, { type: 'delivered' }>

/** What the observer asks of the cell that it works for. */
export interface ObserverHost {
  record(body: EventBody): void
  /** The producer's id of a delivery, if it is one of ours. */
  messageOf(delivery: Delivered): string | undefined
  /** The message that the running step's faults are tied to. */
  main(): string | undefined
  /** The message in flight whose token is in one of the values. */
  messageWithTokenIn(values: readonly string[]): string | undefined
  /** `link kind text` of operations that go on without any message. */
  readonly background: ReadonlySet<string>
  undecodable(link: string, error: unknown): void
  /** A connection was authenticated. */
  session(link: string): void
  /** Errors that the link's server can return to an operation. */
  errorsOf(link: string, start: OperationStart): readonly string[]
  /** Taps ask about raw frames instead of units. */
  readonly rawFrames: boolean
  /** Links that lanes of the workload come by, where it has several. */
  readonly lanes: ReadonlySet<string>
  /** Where a message was sent, if there are several lanes. */
  laneOf(message: string): string | undefined
}

export class Observer implements Watcher {
  readonly incarnation: string
  /** Called whenever the subject begins to take deliveries. */
  onConsuming: (link: string) => void = () => undefined
  /** Called when the broker gives the dead one a claim: the answer to what it had asked for before it went. */
  onOrphaned: (link: string, lease: Lease) => void = () => undefined
  readonly raw: Watcher['raw']
  readonly #host: ObserverHost
  readonly #operations = new Map<string, LiveOperation>()
  /** Requests without a reply so far, oldest first, with the time of their forwarding. */
  readonly #waiting = new Map<string, number>()
  /** Claims of the broker's that outlive connections, by link, then by name. */
  readonly #leases = new Map<string, Map<string, Lease>>()
  /** The message that an open transaction belongs to, by connection, or by its own name where it has one. */
  readonly #transactions = new Map<string, string>()
  readonly #deliveries = new Map<string, string | undefined>()
  /** By message, then by name: a relay may still work for an older message than the one in hand. */
  readonly #occurrences = new Map<string, Map<string, number>>()
  /** What was delivered last: the message, if it is one of ours. On each lane by itself, where there are several. */
  #latest: Latest | undefined
  readonly #latestOn = new Map<string, Latest>()
  #lastMoveMs = nowMs()
  #count = 0
  #crossing: Crossing | undefined
  #rawWatch: RawWatch | undefined

  constructor(incarnation: string, host: ObserverHost) {
    this.incarnation = incarnation
    this.#host = host
    this.raw = host.rawFrames
      ? ({ link }, direction, frame) => this.#rawWatch?.frame(link, direction, frame) ?? 'pass' : undefined
  }

  /** Only where taps ask about raw frames; a crossing can't be armed there. */
  watchRaw(watch: RawWatch): void {
    this.#rawWatch = watch
  }

  arm(crossing: Crossing): void {
    this.#crossing = crossing
  }

  /** Since when the oldest request that needs a reply has been without one; undefined when there is none. */
  waitsSinceMs(): number | undefined {
    return [...this.#waiting.values()][0]
  }

  /** Nothing has been asked for so long, and no answer is owed. */
  isIdle(ms: number): boolean {
    return this.#waiting.size === 0 && nowMs() - this.#lastMoveMs > ms
  }

  disarm(): void {
    this.#crossing?.disarm()
  }

  /** Claims that the broker has given over this link and not taken back. */
  leasesOf(link: string): readonly Lease[] {
    return [...this.#leases.get(link)?.values() ?? []]
  }

  /** The broker has taken it back by our doing. */
  forgetLease(link: string, name: string): void {
    this.#leases.get(link)?.delete(name)
  }

  opened(connection: TapConnection): void {
    const { link, id } = connection
    this.#host.record({ type: 'connection-opened', incarnation: this.incarnation, link, connection: id })
  }

  closed(connection: TapConnection, by: 'subject' | 'server' | 'fault'): void {
    const { link, id } = connection
    this.#host.record({ type: 'connection-closed', incarnation: this.incarnation, link, connection: id, by })
  }

  request(connection: TapConnection, unit: Unit): Decision {
    if (unit.starts !== undefined) this.#start(connection, unit, unit.starts)
    const op = this.#operationOf(connection, unit)
    if (unit.overtakes !== true && isWork(op)) this.#lastMoveMs = nowMs()
    op?.units.push(unit)
    if (op !== undefined) this.#rawWatch?.asked(op.id)
    for (const fact of unit.facts ?? []) if (fact.type === 'unknown') this.#unknown(connection, fact)
    return this.#crossing?.request(op) ?? 'pass'
  }

  forwarded(connection: TapConnection, unit: Unit): void {
    for (const fact of unit.facts ?? []) {
      this.#through(connection, fact)
      if (fact.type === 'settled') this.#settled(connection, fact)
      if (fact.type === 'lease') this.#lease(connection, fact)
    }
    const op = unit.starts === undefined ? undefined : this.#operationOf(connection, unit)
    if (op !== undefined) {
      this.#host.record({ type: 'operation-forwarded', operation: op.id })
      // A poll for messages, or a client that asks for its server's addresses, keeps nobody from working.
      if (!op.oneWay && !op.handshake) {
        this.#waiting.set(op.id, nowMs())
        this.#rawWatch?.sent(op.id)
      }
    }
    for (const end of unit.ends ?? []) {
      const ended = this.#operations.get(`${connection.id}:${end.op}`)
      if (ended !== undefined) this.#crossing?.forwarded(ended)
    }
  }

  reply(connection: TapConnection, unit: Unit): Decision {
    for (const fact of unit.facts ?? []) {
      if (fact.type === 'unknown') this.#unknown(connection, fact)
      if (fact.type === 'session') this.#host.session(connection.link)
      if (fact.type === 'delivered') this.#rawWatch?.delivered(this.#host.messageOf(fact))
      // The server has said so, whether the subject will hear of it or not.
      if (fact.type === 'settled' && fact.how !== 'auto') this.#settled(connection, fact)
      if (fact.type === 'lease') this.#lease(connection, fact)
    }
    const of = this.#operationOf(connection, unit)
    let decision = this.#crossing?.reply(of) ?? 'pass'
    for (const end of unit.ends ?? []) {
      const op = this.#operations.get(`${connection.id}:${end.op}`)
      if (op === undefined) continue
      this.#waiting.delete(op.id)
      this.#rawWatch?.answered(op.id)
      this.#host.record({ type: 'operation-ended', operation: op.id, outcome: end.outcome, detail: end.detail })
      if (this.#crossing?.reply(op) === 'hold') decision = 'hold'
      this.#crossing?.ended(op)
    }
    return decision
  }

  /** What the subject sent after the broker had closed its side: nobody hears of it. */
  lost(connection: TapConnection, unit: Unit): void {
    const op = unit.starts === undefined ? undefined : this.#operationOf(connection, unit)
    if (op !== undefined) this.#host.record({ type: 'operation-lost', operation: op.id })
    for (const fact of unit.facts ?? []) {
      if (fact.type !== 'settled') continue
      this.#host.record({
        type: 'settlement-lost', incarnation: this.incarnation, delivery: fact.delivery,
        message: this.#deliveries.get(`${connection.scope}:${fact.delivery}`),
      })
    }
  }

  answered(connection: TapConnection, unit: Unit): void {
    if (isWork(this.#operationOf(connection, unit))) this.#lastMoveMs = nowMs()
    for (const end of unit.ends ?? []) {
      const op = this.#operations.get(`${connection.id}:${end.op}`)
      if (op !== undefined) this.#host.record({ type: 'operation-answered', operation: op.id })
    }
    for (const fact of unit.facts ?? []) {
      this.#through(connection, fact)
      if (fact.type === 'settled' && fact.how === 'auto') this.#settled(connection, fact)
    }
  }

  undecodable(connection: TapConnection, error: unknown): void {
    this.#host.undecodable(connection.link, error)
  }

  /** A fact counts when its bytes went through, in either direction. */
  #through(connection: TapConnection, fact: Fact): void {
    if (fact.type === 'consuming') this.onConsuming(connection.link)
    if (fact.type !== 'delivered') return
    this.#lastMoveMs = nowMs()
    const message = this.#host.messageOf(fact)
    this.#deliveries.set(`${connection.scope}:${fact.delivery}`, message)
    this.#latest = { message }
    this.#latestOn.set(connection.link, this.#latest)
    this.#occurrences.delete(message ?? '')
    this.#host.record({
      type: 'delivered', incarnation: this.incarnation, connection: connection.id, delivery: fact.delivery, message,
      redelivered: fact.redelivered, lane: fact.lane,
    })
  }

  #settled(connection: TapConnection, fact: Extract<Fact, { type: 'settled' }>): void {
    this.#host.record({
      type: 'settled', incarnation: this.incarnation, connection: connection.id, delivery: fact.delivery,
      message: this.#deliveries.get(`${connection.scope}:${fact.delivery}`), how: fact.how,
    })
  }

  #lease(connection: TapConnection, { lease, held }: Extract<Fact, { type: 'lease' }>): void {
    const leases = this.#leases.get(connection.link) ?? new Map<string, Lease>()
    this.#leases.set(connection.link, leases)
    if (held) leases.set(lease.name, lease)
    else leases.delete(lease.name)
    if (held && connection.isClientGone) this.onOrphaned(connection.link, lease)
  }

  #unknown(connection: TapConnection, fact: Extract<Fact, { type: 'unknown' }>): void {
    this.#host.record({
      type: 'unknown-bytes', link: connection.link, connection: connection.id, detail: fact.detail,
      mayChangeState: fact.mayChangeState,
    })
  }

  #operationOf(connection: TapConnection, unit: Unit): LiveOperation | undefined {
    return unit.op === undefined ? undefined : this.#operations.get(`${connection.id}:${unit.op}`)
  }

  #start(connection: TapConnection, unit: Unit, start: OperationStart): void {
    const plain = plainName({ ...start, link: connection.link })
    const settled = this.#settledOwner(connection, unit, start)
    const byToken = this.#tokenOwner(connection, start) ?? settled
    const background = byToken === undefined && this.#host.background.has(plain)
    const { lanes } = this.#host
    // What goes to a lane's own broker has nothing to do with what came by another one.
    const latest = lanes.has(connection.link) ? this.#latestOn.get(connection.link) : this.#latest
    const cause = causeOf(byToken, background, latest)
    const counts = !background && start.handshake !== true
    const message = byToken ?? (cause === 'order' ? latest?.message : undefined)
    const occurrence = counts ? this.#countOf(message, plain) : 1
    const named = {
      link: connection.link, kind: start.kind, text: start.text, occurrence, ...this.#laneOf(connection.link, message),
    }
    this.#count += 1
    const op: LiveOperation = {
      ...named, id: `${this.incarnation}.${this.#count}`, incarnation: this.incarnation, key: operationKey(named),
      reads: start.reads, oneWay: start.oneWay, handshake: start.handshake === true, cause, connection, start,
      units: [], message, ...settled === undefined ? {} : { settles: true as const },
    }
    this.#operations.set(`${connection.id}:${start.op}`, op)
    const errors = counts ? this.#host.errorsOf(connection.link, start) : []
    this.#host.record({
      type: 'operation-started', incarnation: this.incarnation, connection: connection.id, operation: op.id, ...named,
      reads: op.reads, oneWay: op.oneWay, cause, handshake: op.handshake,
      ...(start.transaction === undefined ? {} : { transaction: start.transaction }),
      ...(message === undefined ? {} : { message }),
      ...(unit.secret === true ? {} : { values: start.values }),
      ...errors.length === 0 ? {} : { errors },
    })
  }

  /** The message whose token the request carries, or that its transaction has carried before. */
  #tokenOwner(connection: TapConnection, start: OperationStart): string | undefined {
    const own = this.#host.messageWithTokenIn(start.values)
    const { transaction, transactionId = connection.id } = start
    if (transaction === 'begin' || transaction === 'auto') this.#transactions.delete(transactionId)
    const owner = own ?? (transaction === undefined ? undefined : this.#transactions.get(transactionId))
    if (owner !== undefined && (transaction === 'inside' || transaction === 'begin')) {
      this.#transactions.set(transactionId, owner)
    }
    if (transaction === 'commit' || transaction === 'rollback') this.#transactions.delete(transactionId)
    return owner
  }

  /** The message of the delivery that the request settles: surer than what was delivered last. */
  #settledOwner(connection: TapConnection, unit: Unit, start: OperationStart): string | undefined {
    const settled = (unit.facts ?? []).flatMap((fact) => (fact.type === 'settled' ? [fact.delivery] : []))
    const named = settled.length > 0 ? settled : start.deliveries ?? []
    const messages = named.map((delivery) => this.#deliveries.get(`${connection.scope}:${delivery}`))
    // A batch is about several; the step is about one of them. What a later message settles along is not its own work.
    const main = start.isBatch === true ? this.#host.main() : undefined
    return main !== undefined && messages.includes(main) ? main : messages.at(-1)
  }

  #countOf(message: string | undefined, plain: string): number {
    const counts = this.#occurrences.get(message ?? '') ?? new Map<string, number>()
    this.#occurrences.set(message ?? '', counts)
    const count = (counts.get(plain) ?? 0) + 1
    counts.set(plain, count)
    return count
  }

  /** A part of its name, unless its link says it already. */
  #laneOf(link: string, message: string | undefined): { readonly lane?: string } {
    const lane = message === undefined ? undefined : this.#host.laneOf(message)
    return lane === undefined || lane === link ? {} : { lane }
  }
}

/** A poll for messages, and what goes on without any, keeps nobody from being at rest. */
function isWork(op: LiveOperation | undefined): boolean {
  return op?.handshake !== true && op?.cause !== 'background'
}

interface Latest {
  readonly message: string | undefined
}

function causeOf(byToken: string | undefined, background: boolean, latest: Latest | undefined): LiveOperation['cause'] {
  if (background) return 'background'
  if (byToken !== undefined) return 'token'
  if (latest === undefined) return 'start'
  return latest.message === undefined ? 'unattributed' : 'order'
}
