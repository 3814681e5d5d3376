/**
 * What all cells of one suite's campaign share: the stack, the recorder, and what the baseline has taught.
 */
import { join } from 'node:path'
import type { Edges } from '../kinds.ts'
import type { Ledger } from '../lib/ledger.ts'
import { assert } from '../lib/assert.ts'
import type { Conformance, DatabaseTemplate, RowChange, Stack } from '../model/edges.ts'
import type { Point } from '../model/point.ts'
import type { Need } from '../model/fault.ts'
import type { Message } from '../model/message.ts'
import { arrivals, type Suite } from '../model/suite.ts'
import type { Fact } from '../model/wire.ts'
import { openDisk } from '../subject/disks.ts'
import { freePort } from '../subject/ports.ts'
import { renderEnvironment, type SubjectCommand } from '../suite/subject-environment.ts'
import { honestMeans, type Means } from './means.ts'
import type { MessageSource } from './message-source.ts'
import type { IncarnationPlan } from './incarnation.ts'
import type { ObserverHost } from './observer.ts'
import type { Event } from '../model/event.ts'
import { chainsOf, type Chain } from './traces.ts'
import type { Recorder } from './recorder.ts'
import type { Shares } from './shares.ts'

const HORIZON_MS = 60_000
/** Whoever waits for a claim to run out looks again only from time to time. */
const CLAIM_ROOM = 1.5

export interface CampaignParts {
  readonly suite: Suite
  readonly stack: Stack
  readonly edges: Edges
  readonly ledger: Ledger
  readonly recorder: Recorder
  readonly databases: ReadonlyMap<string, DatabaseTemplate>
  readonly signal: AbortSignal
  readonly command: SubjectCommand
  readonly messages: MessageSource
  conformance(): Promise<readonly Conformance[]>
  readonly cellPrefix: string
  readonly partTemplates: Readonly<Record<string, string>>
  readonly means?: Means
}

/** Learned by the baseline, used by every step after it. */
export class CampaignContext {
  readonly suite: Suite
  readonly stack: Stack
  readonly edges: Edges
  readonly recorder: Recorder
  readonly databases: ReadonlyMap<string, DatabaseTemplate>
  readonly signal: AbortSignal
  /** Names of cells begin with it, so that suites of one run do not meet. */
  readonly cellPrefix: string
  /** Links by which messages come and whose end gives the claim on them back, or is all that can be done about it. */
  readonly leaseLinks: ReadonlySet<string>
  /** The same with those where a claim has a time of its own, which is waited for. */
  readonly claimLinks: ReadonlySet<string>
  /** How long a claim lasts that can't be made to expire; 0: all can. */
  readonly claimMs: number
  /** Sources that messages are sent to in turn; none where all go to the first one. */
  readonly lanes: ReadonlySet<string>
  readonly means: Means
  /** `link kind text` of what goes on without any message. */
  readonly background = new Set<string>()
  /** Changes of rows in the idle window, by database. */
  readonly idleChanges = new Map<string, readonly RowChange[]>()
  /** Effects per message, by effect, as the baseline shows them. */
  expected: ReadonlyMap<string, number> = new Map()
  /** The same of each lane, where there are several: what comes by one need not do what comes by another does. */
  expectedOn: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map()
  /** Several messages of one lane are worked on at once. */
  isWide = true
  /** From settlement to the last effect, with room. */
  tailMs = 300
  reachMs = 10_000
  stepLimitMs = 10_000
  /** A process that has done its work is silent for so long, and no longer at work. */
  idleMs = 300
  /** An answer that takes longer than this waits for something: no operation of a baseline took so long. */
  blockedMs = 600
  /** A second incarnation that asks for no deliveries for so long is a standby. */
  passiveMs = 2_000
  /** How often a step may fail before the broker ends it by itself, and at most three times. */
  failures = 3
  /** What the baseline and the suite show, by what faults need; the reason where something is not so. */
  readonly lacks = new Map<Need, string>()
  /** A probe has shown that a spare gets in nobody's way. */
  sparesFit = false
  spareAgeMaxMs = 5_000
  /** Taps of incarnations that start from now on ask about raw frames instead of units. */
  rawFrames = false
  /** How long the subject may take to recover before a loss is called one. */
  horizonMs: number
  /** Addresses past the taps that were told already. */
  readonly egress = new Set<string>()
  /** Messages whose end nobody waits for: their effects were planted away, or they only measure. */
  readonly notAwaited = new Set<string>()
  /** Messages that nobody can read, which owe no effect. */
  readonly undecodable = new Set<string>()
  readonly #attribution = { rows: 0, attributed: 0 }
  readonly #parts: CampaignParts

  constructor(parts: CampaignParts) {
    this.#parts = parts
    this.suite = parts.suite
    this.stack = parts.stack
    this.edges = parts.edges
    this.recorder = parts.recorder
    this.databases = parts.databases
    this.signal = parts.signal
    this.horizonMs = parts.suite.horizonMs ?? HORIZON_MS
    this.cellPrefix = parts.cellPrefix
    this.means = parts.means ?? honestMeans
    const arriving = arrivals(parts.suite).map(([name, { lodging }]) =>
      ({ link: lodging?.dependency ?? name, leaseMs: lodging?.leaseMs }))
    this.claimLinks = new Set(arriving.map(({ link }) => link))
    this.leaseLinks = new Set(arriving.flatMap(({ link, leaseMs }) => (leaseMs === undefined ? [link] : [])))
    this.claimMs = Math.ceil(CLAIM_ROOM * Math.max(0, ...arriving.map(({ leaseMs = 0 }) => leaseMs)))
    this.lanes = new Set(parts.suite.workload.lanes)
  }

  /** No effects are declared: the differential oracle works alone. */
  get isDifferential(): boolean {
    return Object.keys(this.suite.effects).length === 0
  }

  /** Which rules of their services the servers of the sources keep. */
  conformance(): Promise<readonly Conformance[]> {
    return this.#parts.conformance()
  }

  /** On a certain lane, or on the one whose turn it is. */
  nextMessage(lane = this.nextLane()): Message {
    return this.#parts.messages.next(lane)
  }

  /** Lanes take turns; undefined where there is only one. */
  nextLane(): string | undefined {
    return this.#parts.messages.nextLane()
  }

  /** Effects that a message has, as the baseline shows them. */
  expectedOf({ lane }: { readonly lane?: string | undefined }): ReadonlyMap<string, number> {
    return (lane === undefined ? undefined : this.expectedOn.get(lane)) ?? this.expected
  }

  /** A further message of a step, as a fault asks for it. */
  messageBeside(first: Message, what: 'another' | 'equal' | 'undecodable'): Message {
    const { messages } = this.#parts
    if (what === 'undecodable') return messages.undecodable(first)
    return what === 'equal' ? messages.equalTo(first) : messages.onKeyOf(first, this.suite.workload.key)
  }

  /** The producer's id in a delivery, as the contract says where it is. */
  identify(delivery: Extract<Fact, { type: 'delivered' }>): string | undefined {
    const { identity } = this.suite.contract
    if ('header' in identity) return delivery.headers[identity.header] ?? delivery.messageId
    if ('property' in identity) return delivery.messageId ?? delivery.headers['message-id']
    return delivery.headers['message-id'] ?? delivery.messageId
  }

  /** Chains in the events without what is background by now. */
  chains(events: readonly Event[]): Chain[] {
    return chainsOf(events, this.background)
  }

  learn(what: string, value: unknown): void {
    this.recorder.record('', undefined, { type: 'learned', what, value })
  }

  doubt(code: string, detail: string, blocking: boolean): void {
    this.recorder.record('', undefined, { type: 'doubted', code, detail, blocking })
  }

  pointFound(point: Point, faults: readonly string[]): void {
    this.recorder.record('', undefined, {
      type: 'point-found', point: point.name, also: point.also, context: point.context, faults,
    })
  }

  /** Adds up what the differential oracle could tie to messages. */
  countAttribution(one: { readonly rows: number; readonly attributed: number }): void {
    this.#attribution.rows += one.rows
    this.#attribution.attributed += one.attributed
  }

  get attribution(): { readonly rows: number; readonly attributed: number } {
    return this.#attribution
  }

  lastOutput(incarnation: string): string {
    return this.recorder.lastOutput(incarnation)
  }

  async incarnationPlan(wanted: WantedIncarnation): Promise<IncarnationPlan> {
    const { suite, stack, ledger, command, partTemplates } = this.#parts
    const isNext = wanted.version === 'next'
    const words = isNext ? command.next?.command : command.command
    assert(words !== undefined, 'the next version is only started where the suite declares one')
    const name = wanted.disk ?? wanted.id
    const disk = await openDisk(this.disksFolder, name)
    return {
      id: wanted.id, gated: wanted.gated, version: wanted.version ?? 'current', disk: name, links: wanted.shares.links,
      proxies: stack.proxies, ledger,
      openProxy: this.means.openProxy,
      host: wanted.host, command: words, cwd: suite.subject.cwd,
      environment: (templates) => renderEnvironment(suite, command, {
        values: {
          ...partTemplates, ...templates, 'incarnation.dir': disk.dir, 'incarnation.id': wanted.id,
          cell: wanted.id.split('.')[0] ?? '',
        },
        port: freePort,
        tmp: disk.tmp,
        version: isNext ? 'next' : 'current',
      }),
    }
  }

  /** Where all disks of the run lie. */
  get disksFolder(): string {
    return join(this.stack.folder, 'disks')
  }
}

/** What the orchestrator decides about one life of the subject. */
export interface WantedIncarnation {
  readonly id: string
  readonly gated: boolean
  readonly shares: Shares
  readonly host: ObserverHost
  /**
   * The name of its disk, which is made when it is first named. A successor after a kill gets its predecessor's; a
   * second one that lives beside it needs its own. Without a name it is one of its own.
   */
  readonly disk?: string
  /** The subject itself (the default), or what the suite declares as `subject.next`. */
  readonly version?: 'current' | 'next'
}
