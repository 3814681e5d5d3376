/**
 * A cell: an isolated share of the stack with a subject living in it, and the orchestrator that keeps it alive.
 *
 * One incarnation is current; a spare may wait behind shut gates. An incarnation that goes by itself is followed at
 * once by the next one (`restart: always`). Messages in flight are known by their tokens.
 */
import { after, nowMs, poll, within } from '../lib/clock.ts'
import { assert } from '../lib/assert.ts'
import { InvariantError, SubjectError } from '../lib/errors.ts'
import type { Event, EventBody, SentAs } from '../model/event.ts'
import type { Message } from '../model/message.ts'
import type { Fact, Outcome, WireProtocol } from '../model/wire.ts'
import type { Crossing } from '../nemesis/crossing.ts'
import { sharedFieldsOf } from '../plan/shared-fields.ts'
import { isDiskUsed } from '../subject/disks.ts'
import type { CampaignContext } from './campaign-context.ts'
import { EffectReader } from './effects.ts'
import { EgressLog } from './egress.ts'
import { Incarnation, type Because, type Version } from './incarnation.ts'
import type { ObserverHost } from './observer.ts'
import { laneFor, openShares, type Shares } from './shares.ts'
import { MessageLedger } from './message-ledger.ts'
import { SettlementReader } from './settlements.ts'

const READY_MS = 60_000
const CRASHES_MAX = 25

export class Cell implements AsyncDisposable {
  readonly name: string
  readonly shares: Shares
  readonly ledger: MessageLedger
  readonly effects: EffectReader
  readonly settlements: SettlementReader
  readonly #context: CampaignContext
  readonly #egress: EgressLog
  readonly #stopListening: () => void
  readonly #incarnations: Incarnation[] = []
  /** Incarnations that are gone, while their links and what is left of their processes are taken back. */
  readonly #clearing = new Set<Promise<void>>()
  readonly #sessions = new Map<string, number>()
  #step: string | undefined
  #main: string | undefined
  #current: Incarnation | undefined
  /** Alive beside the current one: a fault has started that one while they were at work. */
  readonly #guests = new Set<Incarnation>()
  readonly #disks = new Map<Incarnation, string>()
  #disk = ''
  #diskCount = 0
  #wiped = true
  #spare: Promise<Incarnation> | undefined
  #count = 0
  #crashes = 0
  #supervised = true
  #isDisposed = false
  #restarting: Promise<void> | undefined
  #pending: Crossing | undefined
  /** A decoder could not read what it claims to know; the run ends with it. */
  broken: unknown
  readonly #spares: boolean

  private constructor(context: CampaignContext, name: string, shares: Shares, spares: boolean) {
    this.name = name
    this.#context = context
    this.#spares = spares
    this.shares = shares
    this.ledger = new MessageLedger()
    this.effects = new EffectReader(context, shares, this.ledger)
    this.settlements = new SettlementReader(context.suite.settlement, this)
    this.#egress = new EgressLog(context, shares.links)
    this.#stopListening = context.recorder.listen((event) => {
      if (event.cell !== this.name) return
      this.ledger.note(event)
      this.#egress.note(event, this.#incarnations)
    })
  }

  /** `spares`: the next incarnation is started ahead of time; never for what confirms a finding. */
  static async open(context: CampaignContext, name: string, spares: boolean): Promise<Cell> {
    return new Cell(context, name, await openShares(context, name), spares)
  }

  get current(): Incarnation | undefined {
    return this.#current
  }

  get incarnations(): readonly Incarnation[] {
    return this.#incarnations
  }

  /** The current incarnation has waited so long for an answer of a server. */
  isBlocked(ms: number): boolean {
    const since = this.#current?.observer.waitsSinceMs()
    return since !== undefined && nowMs() - since > ms
  }

  /** The incarnation that stands at a crossing. */
  holderOf(crossing: Crossing | undefined): Incarnation | undefined {
    return this.#incarnations.find((incarnation) => incarnation.id === crossing?.holder)
  }

  /** The current incarnation goes again and again, and is not started any more in this step. */
  get hasGivenUp(): boolean {
    return this.#crashes > CRASHES_MAX
  }

  record(body: EventBody): Event {
    return this.#context.recorder.record(this.name, this.#step, body)
  }

  /** `main`: the message that its faults are tied to. */
  beginStep(step: string, main?: string): void {
    this.#clear()
    this.#step = step
    this.#main = main
    this.#crashes = 0
  }

  endStep(): void {
    this.#step = undefined
  }

  async send(message: Message, copy: number, as?: SentAs): Promise<Outcome> {
    this.ledger.add(message)
    const outcome = await laneFor(this.shares, message).send(message)
    const { lane } = message
    this.record({
      type: 'sent', message: message.id, copy, outcome, ...as === undefined ? {} : { as },
      ...lane === undefined ? {} : { lane },
      ...sharedFieldsOf(this.#context.suite.workload, message),
    })
    return outcome
  }

  /** Armed on every incarnation that takes over from now on, until it is taken back. */
  armNext(crossing: Crossing | undefined): void {
    this.#pending = crossing
  }

  /** An incarnation that has done nothing yet, as the current one; the one before it is ended at rest. */
  async fresh(): Promise<Incarnation> {
    await this.retire()
    return this.succeed(true)
  }

  /** Ends the current incarnation, and whoever lives beside it, while nothing is in flight. */
  async retire(): Promise<void> {
    // Whoever is being started for one that went by itself is ended with the rest, not left to live beside the next.
    await this.#restarting
    const living = [this.#current, ...this.#guests].filter((one) => one !== undefined && !one.hasExited)
    this.#current = undefined
    this.#guests.clear()
    await Promise.all(living.map(async (one) => one?.kill('rest')))
    this.#clear()
  }

  /** The next incarnation takes over: a spare if there is one, else a new process. */
  async succeed(untilReady: boolean, version: Version = 'current'): Promise<Incarnation> {
    const spare = version === 'current' ? await this.#takeSpare() : undefined
    const next = spare ?? await this.#start(false, version)
    this.#makeCurrent(next)
    next.release()
    // At once: the next one starts while this one connects, which is mostly waiting.
    this.#prepareSpare()
    if (untilReady) await this.#untilReady(next)
    return next
  }

  /** Whoever starts next finds its folders empty. */
  wipe(): void {
    this.#wiped = true
  }

  /** Whether the current one has left anything in its folders. */
  async hasUsedDisk(): Promise<boolean> {
    return isDiskUsed(this.#context.disksFolder, this.#disk)
  }

  /** A gated incarnation that is not current yet: the caller arms it and then calls `takeOver`. */
  async gated(): Promise<Incarnation> {
    return await this.#takeSpare() ?? this.#start(true)
  }

  /** What `gated` gave, put back to be the next one. */
  keepAsSpare(spare: Incarnation): void {
    this.#spare = Promise.resolve(spare)
  }

  takeOver(next: Incarnation): void {
    this.#makeCurrent(next)
    next.release()
  }

  /** No spare is needed any more. */
  async dropSpare(): Promise<void> {
    const waiting = this.#spare
    this.#spare = undefined
    const spare = await waiting?.catch(() => undefined)
    if (spare !== undefined) await this.#end(spare, 'recycled')
  }

  /** Connections of the subject that a tap saw authenticated, by link. */
  sessionsByLink(): ReadonlyMap<string, number> {
    return this.#sessions
  }

  wireOf(name: string): WireProtocol {
    const link = this.shares.links.find((candidate) => candidate.name === name)
    assert(link !== undefined, `there is no link ${name}`)
    return link.share.wire
  }

  /** Looks often where the subject is connected to, until disposed. */
  watchEgress(): Disposable {
    return this.#egress.often(() => this.#incarnations)
  }

  /** How many deliveries an incarnation has settled. */
  settledBy(incarnation: string): number {
    return this.ledger.settledBy(incarnation)
  }

  /** The subject is ended at rest and not started again; the shares stay. */
  async end(): Promise<void> {
    this.#supervised = false
    await this.dropSpare()
    await this.retire()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#supervised = false
    this.#isDisposed = true
    // Whoever is being started is waited for, or it would live on and speak when nobody listens any more.
    await this.#restarting
    const spare = this.#spare
    this.#spare = undefined
    await spare?.catch(() => undefined)
    await Promise.all(this.#incarnations.map((incarnation) => incarnation[Symbol.asyncDispose]()))
    await Promise.all(this.#clearing)
    this.#stopListening()
    await this.shares[Symbol.asyncDispose]()
  }

  #makeCurrent(next: Incarnation): void {
    const before = this.#current
    if (before !== undefined && before !== next && !before.hasExited) this.#guests.add(before)
    this.#current = next
    if (this.#pending !== undefined) next.observer.arm(this.#pending)
    void next.exited.then(() => this.#afterExit(next)).catch((error: unknown) => {
      this.broken ??= error
    })
  }

  async #afterExit(gone: Incarnation): Promise<void> {
    if (this.#supervised) await gone.expireLeases()
    if (!this.#supervised || this.#current !== gone || gone.because !== undefined) return
    this.#crashes += 1
    if (this.#crashes > CRASHES_MAX) {
      this.record({ type: 'noted', text: `the subject went ${CRASHES_MAX} times in one step and is not restarted` })
      return
    }
    const restart = (): void => {
      if (!this.#supervised || this.#current !== gone) return
      this.#restarting = this.succeed(false, gone.version).then(() => undefined, (error: unknown) => {
        this.broken ??= error
      })
    }
    const { backoffMs } = this.#context.suite.subject
    if (backoffMs === 0) restart()
    else after(backoffMs, restart)
  }

  async #untilReady(next: Incarnation): Promise<void> {
    const gone = next.exited.then((exit) => {
      throw new SubjectError(
        `${this.#context.suite.name}: the subject went before it took deliveries (exit ${exit.code ?? exit.signal}); `
        + `its last output: ${this.#context.lastOutput(next.id)}`,
      )
    })
    gone.catch(() => undefined)
    await within(Promise.race([next.ready, gone]), {
      what: `first consuming of ${this.#context.suite.name} (${next.id})`, limitMs: READY_MS,
      signal: this.#context.signal,
      last: () => `it runs${next.notYetOn.length > 0 ? ` and takes nothing from ${next.notYetOn.join(', ')}` : ''}, `
        + `and its last output was: ${this.#context.lastOutput(next.id)}`,
    })
  }

  async #start(gated: boolean, version: Version = 'current'): Promise<Incarnation> {
    this.#count += 1
    const id = `${this.name}.i${this.#count}`
    const disk = this.#nextDisk()
    const incarnation = await Incarnation.start(await this.#context.incarnationPlan({
      id, gated, shares: this.shares, host: this.#host(), disk, version,
    }))
    if (this.#isDisposed) {
      await incarnation[Symbol.asyncDispose]()
      throw new SubjectError(`${id} was started when its cell was taken back`)
    }
    this.#incarnations.push(incarnation)
    this.#disks.set(incarnation, disk)
    return incarnation
  }

  /** A dead one's disk goes to its successor; one that lives keeps its own to itself. */
  #nextDisk(): string {
    const isTaken = this.#incarnations.some((one) => !one.hasExited && this.#disks.get(one) === this.#disk)
    if (isTaken || this.#wiped) {
      this.#diskCount += 1
      this.#disk = `${this.name}.d${this.#diskCount}`
      this.#wiped = false
    }
    return this.#disk
  }

  #prepareSpare(): void {
    if (!this.#spares || !this.#context.sparesFit || this.#spare !== undefined || !this.#supervised) return
    const spare = this.#start(true)
    this.#spare = spare
    spare.catch(() => undefined)
  }

  /** The spare, if it is alive and young; one that has gone or is too old is recycled and never an anomaly. */
  async #takeSpare(): Promise<Incarnation | undefined> {
    const waiting = this.#spare
    this.#spare = undefined
    const spare = await waiting?.catch(() => undefined)
    if (spare === undefined) return undefined
    if (!spare.hasExited && nowMs() - spare.startedMs < this.#context.spareAgeMaxMs) return spare
    await this.#end(spare, 'recycled')
    return undefined
  }

  async #end(incarnation: Incarnation, because: Because): Promise<void> {
    incarnation.because ??= because
    const at = this.#incarnations.indexOf(incarnation)
    // A spare that went by itself has been cleared away already.
    if (at < 0) return
    this.#incarnations.splice(at, 1)
    await incarnation[Symbol.asyncDispose]()
  }

  /** Lets go of the links of incarnations that are gone. Nobody waits for it but the end of the cell. */
  #clear(): void {
    const gone = this.#incarnations.filter((incarnation) => incarnation.hasExited && incarnation !== this.#current)
    for (const incarnation of gone) {
      this.#disks.delete(incarnation)
      this.#incarnations.splice(this.#incarnations.indexOf(incarnation), 1)
      const cleared = incarnation.clear(() => this.#supervised).catch((error: unknown) => {
        this.broken ??= error
      })
      this.#clearing.add(cleared)
      void cleared.then(() => this.#clearing.delete(cleared))
    }
  }

  #host(): ObserverHost {
    return {
      record: (body) => this.record(body),
      main: () => this.#main,
      messageOf: (delivery) => this.#messageOf(delivery),
      messageWithTokenIn: (values) => this.ledger.messageWithTokenIn(values),
      background: this.#context.background,
      errorsOf: (link, start) => this.wireOf(link).errors?.(start) ?? [],
      rawFrames: this.#context.rawFrames,
      lanes: this.#context.lanes,
      laneOf: (message) => this.ledger.message(message)?.lane,
      session: (link) => {
        this.#sessions.set(link, (this.#sessions.get(link) ?? 0) + 1)
      },
      undecodable: (link, error) => {
        this.broken ??= error
        this.record({ type: 'noted', text: `bytes on ${link} did not decode: ${String(error)}` })
      },
    }
  }

  #messageOf(delivery: Extract<Fact, { type: 'delivered' }>): string | undefined {
    return this.ledger.identify(this.#context.identify(delivery))
  }

  /** Throws what broke it, if anything did. */
  throwIfBroken(): void {
    if (this.broken instanceof Error) throw this.broken
    if (this.broken !== undefined) throw new InvariantError(`the cell broke: ${JSON.stringify(this.broken)}`)
  }

  /** Waits until the probe holds, the limit is over or the cell breaks; says whether it held. */
  async until(probe: () => boolean, limitMs: number): Promise<boolean> {
    try {
      return await poll(async () => {
        await this.settlements.read(false)
        this.throwIfBroken()
        return probe() ? true : undefined
      }, { what: 'what the step waits for', limitMs, everyMs: 2, signal: this.#context.signal })
    } catch (error) {
      if (this.broken !== undefined || this.#context.signal.aborted) throw error
      return false
    }
  }
}
