/**
 * One life of the subject: its process, and a link of its own to everything it talks to.
 *
 * A link is tap, then Toxiproxy, then server. A gated incarnation is a spare: it runs, its connections are accepted,
 * and nothing goes further until it is released. Why it ended is kept, because only we know whether we did it.
 */
import { assert } from '../lib/assert.ts'
import { nowMs, poll } from '../lib/clock.ts'
import type { Ledger } from '../lib/ledger.ts'
import { startProcess, type ProcessGroup } from '../lib/process-group.ts'
import type { Address, CellShare } from '../model/edges.ts'
import type { EventBody } from '../model/event.ts'
import type { Lease } from '../model/wire.ts'
import { EgressWatch } from '../subject/egress.ts'
import { holdersOf } from '../subject/sockets.ts'
import type { TapConnection } from '../tap/connection.ts'
import type { LinkProxy } from '../tap/proxies.ts'
import { Tap } from '../tap/tap.ts'
import type { Means } from './means.ts'
import { Observer, type ObserverHost } from './observer.ts'

const CLOSE_LIMIT_MS = 5_000
/** No server keeps a poll longer; SQS ends one after 20 s. */
const PARKED_MS = 30_000
const PARKED_EVERY_MS = 20
const GONE = 'nobody holds the connection any more'

export interface LinkPlan {
  readonly name: string
  readonly share: CellShare
  /** Carries the broker's claim on deliveries. */
  readonly lease: boolean
}

export interface IncarnationPlan {
  readonly id: string
  readonly gated: boolean
  readonly version: Version
  /** Name of the disk that its folders lie on. */
  readonly disk: string
  readonly links: readonly LinkPlan[]
  readonly proxies: Address
  readonly ledger: Ledger
  readonly openProxy: Means['openProxy']
  readonly host: ObserverHost
  readonly command: readonly string[]
  readonly cwd: string
  /** The process's whole environment, once the taps' addresses are known. */
  environment(templates: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>
}

/** Of the subject: the one that the suite certifies, or the one that it rolls out. */
export type Version = 'current' | 'next'

export type Because = 'fault' | 'rest' | 'recycled' | 'disposed'

interface Link {
  readonly plan: LinkPlan
  readonly tap: Tap
  readonly proxy: LinkProxy
}

export class Incarnation implements AsyncDisposable {
  readonly id: string
  readonly version: Version
  readonly observer: Observer
  readonly startedMs = nowMs()
  /** Every source has said that the subject takes deliveries. */
  readonly ready: Promise<void>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  hasExited = false
  isReady = false
  because: Because | undefined
  readonly #record: (body: EventBody) => void
  readonly #process: ProcessGroup
  readonly #links: readonly Link[]
  readonly #egress: EgressWatch
  readonly #notYetOn: Set<string>

  private constructor(plan: IncarnationPlan, links: readonly Link[], observer: Observer, process: ProcessGroup) {
    this.id = plan.id
    this.version = plan.version
    this.#record = (body) => plan.host.record(body)
    this.observer = observer
    this.#links = links
    this.#process = process
    this.#egress = new EgressWatch({
      pid: process.pid, taps: new Set(links.map(({ tap }) => tap.address.port)),
      open: () => links.reduce((sum, { tap }) =>
        sum + tap.waiting + tap.connections.filter((connection) => !connection.isClientGone).length, 0),
    })
    this.#notYetOn = new Set(plan.host.lanes)
    this.ready = new Promise((resolve) => {
      // On every lane of the workload, where there are several; else anywhere.
      observer.onConsuming = (link) => {
        this.#notYetOn.delete(link)
        if (this.isReady || this.#notYetOn.size > 0) return
        this.isReady = true
        plan.host.record({ type: 'incarnation-ready', incarnation: plan.id })
        resolve()
      }
    })
    observer.onOrphaned = (link, lease) => void this.#warp(link, [lease]).catch((error: unknown) => {
      plan.host.record({ type: 'noted', text: `a claim of the dead ${plan.id} stays: ${String(error)}` })
    })
    this.exited = process.exited.then((exit) => {
      this.hasExited = true
      plan.host.record(exitEvent(plan, exit, this.because))
      for (const { tap } of links) void tap.leave()
      return exit
    })
  }

  static async start(plan: IncarnationPlan): Promise<Incarnation> {
    const observer = new Observer(plan.id, plan.host)
    const links = await Promise.all(plan.links.map((link) => openLink(plan, link, observer)))
    const templates: Record<string, string> = {}
    for (const { plan: link, tap } of links) {
      for (const [field, value] of Object.entries(link.share.template(tap.address))) {
        templates[`${link.name}.${field}`] = value
      }
    }
    const process = startProcess(plan.ledger, {
      name: plan.id,
      command: plan.command,
      cwd: plan.cwd,
      env: await plan.environment(templates),
      onOutput: (stream, text) => plan.host.record({ type: 'output', incarnation: plan.id, stream, text }),
    })
    plan.host.record({
      type: 'incarnation-started', incarnation: plan.id, spare: plan.gated, pid: process.pid, disk: plan.disk,
      ...plan.version === 'next' ? { version: plan.version } : {},
    })
    return new Incarnation(plan, links, observer, process)
  }

  /** Lanes that it takes no deliveries on so far; none where there are not several. */
  get notYetOn(): readonly string[] {
    return [...this.#notYetOn]
  }

  get pid(): number {
    return this.#process.pid
  }

  connections(): readonly TapConnection[] {
    return this.#links.flatMap((link) => link.tap.connections)
  }

  /** A gated one has come as far as it can: some connection waits at a gate. */
  get isWaiting(): boolean {
    return this.#links.some(({ tap }) => tap.waiting > 0)
  }

  /** Addresses that it is connected to now past its taps; each connection is told once. */
  async egress(): Promise<readonly Address[]> {
    return this.hasExited ? [] : await this.#egress.sample()
  }

  wireOf(link: string): CellShare['wire'] {
    return this.#link(link).plan.share.wire
  }

  /** Opens the gate of a spare. */
  release(): void {
    for (const { tap } of this.#links) tap.openGate()
  }

  /** SIGKILL to the whole group; returns when the process is gone and the taps have seen every socket close. */
  async kill(because: Because): Promise<void> {
    this.because ??= because
    this.#process.signal('SIGKILL')
    await this.#gone()
  }

  /**
   * SIGKILL to the one descendant that holds the subject's end of a connection; of several the eldest, which made it.
   * Returns when it is gone and, if nobody else holds the connection, when the tap has seen it close. Says
   * `SIGKILL to child PID`; or that the main process holds it, and then nobody is killed.
   *
   * No exit of the incarnation: it ends with its main process. One that goes because its child went (a shell that waits
   * for it) goes by itself.
   */
  async killChild(connectionId: string | undefined): Promise<string> {
    const connection = this.connections().find(({ id }) => id === connectionId)
    const from = connection?.clientPort
    const members = this.#process.members()
    if (connection === undefined || from === undefined || members.length === 0) return GONE
    const { tap } = this.#link(connection.link)
    const holders = new Set(await holdersOf({ from, to: tap.address.port }, members.map(({ pid }) => pid)))
    if (holders.has(this.pid)) return 'the main process itself holds the connection'
    const [eldest] = members.filter(({ pid }) => holders.has(pid))
      .toSorted((a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid)
    if (eldest === undefined) return GONE
    this.#process.killMember(eldest)
    await poll(() => {
      if (this.#process.members().some(({ pid, startTime }) => pid === eldest.pid && startTime === eldest.startTime)) {
        return undefined
      }
      return holders.size > 1 || connection.isClientGone ? true : undefined
    }, {
      what: `end of child ${eldest.pid} of ${this.id}`, limitMs: CLOSE_LIMIT_MS, everyMs: 1,
      last: () => (connection.isClientGone ? 'it still lives' : 'its connection is still open'),
    })
    return `SIGKILL to child ${eldest.pid}`
  }

  /** A process that the subject has started lives now. */
  hasChildren(): boolean {
    return this.#process.members().some(({ pid }) => pid !== this.pid)
  }

  /** SIGTERM, and SIGKILL after the grace. `delivered` is called between the signal and the wait. */
  async stop(because: Because, graceMs: number, delivered: () => void): Promise<string> {
    this.because ??= because
    this.#process.signal('SIGTERM')
    this.#process.resume()
    delivered()
    const left = await Promise.race([
      this.exited.then(() => true),
      poll(() => (this.hasExited ? true : undefined), { what: 'exit', limitMs: graceMs, everyMs: 5 })
        .catch(() => false),
    ])
    if (!left) this.#process.signal('SIGKILL')
    await this.#gone()
    return left ? 'it left by itself' : `SIGKILL after ${graceMs} ms`
  }

  /** SIGSTOP to all its processes; returns when none of them moves. SIGKILL and `stop` reach a paused one too. */
  async pause(): Promise<void> {
    await this.#process.pause()
    this.#record({ type: 'incarnation-paused', incarnation: this.id })
  }

  /** SIGCONT to all its processes; does nothing where it is not paused. */
  resume(): void {
    this.#process.resume()
  }

  /** Breaks a link on both sides, and mends it for whoever connects next. */
  async cut(name: string): Promise<string> {
    const link = this.#link(name)
    const open = link.tap.connections.filter((connection) => connection.isOpen)
    for (const connection of open) connection.expectCut()
    await link.proxy.disable()
    const closed = await poll(() => (open.every((connection) => connection.isUpstreamGone) ? true : undefined), {
      what: 'close of the server side', limitMs: CLOSE_LIMIT_MS, everyMs: 1,
    }).catch(() => false)
    // Mended before the subject is told: a fast one has made its next attempt before the proxy has answered.
    await link.proxy.enable()
    for (const connection of open) connection.reset()
    return closed ? `both sides closed: ${open.length} connections` : 'the server side stayed open'
  }

  /**
   * The broker takes back what it has handed out over a link, now and by its own means; the subject is not told. Where
   * its claim is the connection itself, that ends on the server's side. Returns how many claims were taken back.
   */
  async revoke(name: string): Promise<number> {
    const { share } = this.#link(name).plan
    return share.warp === undefined ? this.sever(name) : this.expire(name)
  }

  /** Claims that outlive a link's connections end now, and the subject is not told. Says how many. */
  expire(name: string): Promise<number> {
    return this.#warp(name, this.observer.leasesOf(name))
  }

  /** What the broker still keeps for a dead incarnation is given back now; nobody waits for its time to run out. */
  async expireLeases(): Promise<void> {
    await Promise.all(this.#links.map(({ plan }) => this.expire(plan.name)))
  }

  /** Taken back, but not before the server has given it the answers that it had asked for: they may hold messages. */
  async clear(isWanted: () => boolean): Promise<void> {
    const isParked = (): boolean => this.connections().some((connection) => connection.isParked)
    await poll(() => (isParked() && isWanted() ? undefined : true), {
      what: `the answers that ${this.id} had asked for`, limitMs: PARKED_MS, everyMs: PARKED_EVERY_MS,
    }).catch(() => undefined)
    await this[Symbol.asyncDispose]()
  }

  async #warp(name: string, leases: readonly Lease[]): Promise<number> {
    const { share } = this.#link(name).plan
    if (leases.length === 0 || share.warp === undefined) return 0
    const alive = !this.hasExited
    const warped = await share.warp(leases, alive)
    for (const { lease, done, detail } of warped) {
      const kind = leases.find((one) => one.name === lease)?.kind ?? ''
      this.#record({ type: 'lease-warped', incarnation: this.id, link: name, kind, alive, done, detail })
      if (done) this.observer.forgetLease(name, lease)
    }
    return warped.filter(({ done }) => done).length
  }

  /** Breaks the server's side of a link; the subject's side stays as it is. Returns how many connections that were. */
  async sever(name: string): Promise<number> {
    const link = this.#link(name)
    const open = link.tap.connections.filter((connection) => connection.isOpen && !connection.isUpstreamGone)
    for (const connection of open) connection.detach()
    await link.proxy.disable()
    await poll(() => (open.every((connection) => connection.isUpstreamGone) ? true : undefined), {
      what: 'close of the server side', limitMs: CLOSE_LIMIT_MS, everyMs: 1,
    })
    await link.proxy.enable()
    return open.length
  }

  /** Whether breaking each link's proxy closes the taps' connections: proof that Toxiproxy is on the way. */
  async proveProxies(): Promise<ReadonlyMap<string, boolean>> {
    const proven = new Map<string, boolean>()
    for (const { plan, tap } of this.#links) {
      if (!tap.connections.some((connection) => connection.isOpen)) continue
      proven.set(plan.name, (await this.cut(plan.name)).startsWith('both sides closed'))
    }
    return proven
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasExited) {
      this.because ??= 'disposed'
      this.#process.signal('SIGKILL')
    }
    // All of it even where a part fails: what is left of one link is no reason to keep another.
    const ends = await Promise.allSettled([
      this.#process[Symbol.asyncDispose](),
      ...this.#links.map(async ({ tap, proxy }) => {
        await tap[Symbol.asyncDispose]()
        await proxy[Symbol.asyncDispose]()
      }),
    ])
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  async #gone(): Promise<void> {
    await this.exited
    await poll(() => (this.connections().every((connection) => connection.isClientGone) ? true : undefined), {
      what: `close of every socket of ${this.id}`, limitMs: CLOSE_LIMIT_MS, everyMs: 1,
      last: () => 'a descendant of the subject still holds one',
    })
  }

  #link(name: string): Link {
    const link = this.#links.find((candidate) => candidate.plan.name === name)
    assert(link !== undefined, `there is no link ${name}`)
    return link
  }
}

async function openLink(plan: IncarnationPlan, link: LinkPlan, observer: Observer): Promise<Link> {
  const slot = link.share.slot?.()
  try {
    const upstream = slot?.upstream ?? link.share.upstream
    const proxy = await plan.openProxy(plan.proxies, `${plan.id}.${link.name}`, upstream)
    const tap = await Tap.open({
      link: link.name, wire: link.share.wire, upstream: proxy.address, watcher: observer,
      prefix: `${plan.id}.${link.name}.`, gated: plan.gated, slot,
    })
    return { plan: link, tap, proxy }
  } catch (error) {
    slot?.release()
    throw error
  }
}

function exitEvent(
  { id, disk }: Pick<IncarnationPlan, 'id' | 'disk'>,
  exit: { readonly code: number | null; readonly signal: string | null },
  because: Because | undefined,
): EventBody {
  return {
    type: 'incarnation-exited', incarnation: id, code: exit.code, signal: exit.signal, disk,
    ...(because === undefined ? {} : { because }),
  }
}
