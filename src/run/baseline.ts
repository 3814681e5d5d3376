/**
 * The baseline: fault-free runs that teach what one message causes, what goes on anyway, and how long things take.
 *
 * Three cold messages on three incarnations, and warm ones where the profile wants them; as many on every lane. The
 * first incarnation is watched idle before its first message: what recurs there is background. The later ones start as
 * spares beside a living one, which is the probe that decides whether spares may be used.
 */
import { nowMs, observeFor, poll } from '../lib/clock.ts'
import { DeadlineError, SubjectError } from '../lib/errors.ts'
import type { Event } from '../model/event.ts'
import { plainName, type Context } from '../model/point.ts'
import { causalOrder, type CausalOrder, type Trace, type TracedOperation } from '../plan/points.ts'
import type { Orders } from '../plan/schedule.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import { mostInHand } from './in-hand.ts'
import type { ObservedEffect } from './observed-effect.ts'
import type { PlannedFault } from './step-plan.ts'
import { runStep, type StepResult } from './step.ts'
import { tiedTrace, type Chain } from './traces.ts'

/** So many cold messages, on as many incarnations, and each lane its own. */
const COLD = 3
/** So many convoys agree on an order; fewer would take chance for it. */
const CONVOYS = 3
/** How often a step fails at most; a broker's own limit may be lower. */
const FAILURES_MAX = 3
const IDLE_MS = 700
const IDLE_MAX_MS = 12_000
/** What recurs less often than this meets few messages, and costs a step that is made again. */
const STRAY_MAX_MS = 6_000
const QUIET_MS = 300
const QUIET_MAX_MS = 15_000
const SPARE_BOOT_MS = 15_000

/** Undefined where there are not several. */
type Lane = string | undefined

interface Seen {
  readonly context: Context
  readonly lane: Lane
  readonly chain: Chain
}

export interface Baseline {
  readonly orders: Orders
  /** Of each lane, where there are several; those above are then of the first one. */
  readonly lanes: ReadonlyMap<string, Orders>
  /** Keys of all operations seen in any context. */
  readonly known: ReadonlySet<string>
  /** Milliseconds from a message's first send to rest, per context. */
  readonly stepMs: number
  readonly startMs: number
}

/** A planned fault with what the baseline knows of its context. */
export function withOrder(planned: Pick<PlannedFault, 'fault' | 'point'>, baseline: Baseline): PlannedFault {
  const { lane, context } = planned.point
  const order = (lane === undefined ? baseline.orders : baseline.lanes.get(lane))?.get(context)
  const stable = order === undefined ? {} : { stable: new Set(order.operations.map((op) => op.key)) }
  return { ...planned, known: baseline.known, ...stable }
}

/** `full`: with warm messages and convoys. */
export async function runBaseline(context: CampaignContext, cell: Cell, full: boolean): Promise<Baseline> {
  const run = new BaselineRun(context, cell)
  await run.firstLife(full)
  // The first life has had a message of the first lane.
  for (const [i, lane] of run.lanes.entries()) {
    for (let life = i === 0 ? 1 : 0; life < COLD; life += 1) await run.laterLife(lane)
  }
  if (full) await run.convoys()
  return await run.finish(full)
}

class BaselineRun {
  readonly #context: CampaignContext
  readonly #cell: Cell
  #chains: Seen[] = []
  readonly #effects: { readonly lane: Lane; readonly effects: readonly ObservedEffect[] }[] = []
  #tailMs = 0
  #steps = 0
  #stepMs = 0
  #startMs = 0
  #sparesFit: boolean
  #startKeys: string | undefined
  readonly #convoys: { readonly lane: Lane; readonly trace: Trace }[] = []
  #hasChildren = false

  constructor(context: CampaignContext, cell: Cell) {
    this.#context = context
    this.#cell = cell
    this.#sparesFit = !context.suite.subject.exclusive
  }

  /** Where messages go; one that has no name where there are not several. */
  get lanes(): readonly Lane[] {
    const { lanes } = this.#context
    return lanes.size > 0 ? [...lanes] : [undefined]
  }

  async firstLife(warm: boolean): Promise<void> {
    const began = nowMs()
    const mark = this.#mark()
    await this.#cell.fresh()
    this.#startMs = nowMs() - began
    await this.#watchIdle()
    this.#keepStart(mark)
    await this.#message('cold', this.lanes[0], false)
    if (!warm) return
    for (const lane of this.lanes) {
      await this.#message('warm', lane, true)
      for (let i = 0; i < 3; i += 1) await this.#message('warm', lane, false)
    }
  }

  /** One more cold message, on an incarnation that was started as a spare beside the living one. */
  async laterLife(lane: Lane): Promise<void> {
    const mark = this.#mark()
    if (this.#sparesFit) {
      const living = this.#cell.current
      const spare = await this.#cell.gated()
      await poll(() => (spare.isWaiting || spare.hasExited ? true : undefined), {
        what: 'first connection of a spare', limitMs: SPARE_BOOT_MS, everyMs: 5, signal: this.#context.signal,
      }).catch(() => undefined)
      if (spare.hasExited || living?.hasExited !== false) this.#sparesFit = false
      if (!spare.hasExited) this.#cell.keepAsSpare(spare)
    }
    const result = await this.#message('cold', lane, false)
    const starts = this.#keepStart(mark)
    if (this.#startKeys !== undefined && starts !== this.#startKeys) this.#sparesFit = false
    if (result.end !== 'settled') this.#sparesFit = false
  }

  /**
   * Three messages at once, or one more than there are lanes, on three incarnations for each lane; or once, where the
   * subject takes one at a time: then a convoy is no other thing than one message after the other.
   */
  async convoys(): Promise<void> {
    const lanes = this.lanes.flatMap((lane) => Array.from({ length: CONVOYS }, () => lane))
    let wide = 0
    for (const lane of lanes) {
      const { firstSeq, message } = await this.#message('convoy', lane, true)
      const events = this.#context.recorder.events
        .filter((event) => event.cell === this.#cell.name && event.seq >= firstSeq)
      const isTold = this.#cell.settlements.isIdle
      if (mostInHand(events, isTold) < 2) {
        this.#context.lacks.set('prefetch', 'the subject takes one message at a time')
        return
      }
      wide = Math.max(wide, mostInHand(events.filter((event) => this.#isOn(lane, event)), isTold))
      this.#convoys.push({ lane, trace: tiedTrace(events, message.id, this.#context.background) })
    }
    this.#context.isWide = wide > 1
  }

  #isOn(lane: Lane, event: Event): boolean {
    // The end of an operation names no message; it is of no use without its beginning.
    if (event.type === 'operation-ended') return true
    const id = 'message' in event ? event.message : undefined
    return id !== undefined && this.#cell.ledger.message(id)?.lane === lane
  }

  async finish(warm: boolean): Promise<Baseline> {
    const context = this.#context
    const contexts: Context[] = ['start', 'cold', ...warm ? ['warm' as const] : []]
    await this.#watchStrays(contexts)
    const usesDisk = await this.#cell.hasUsedDisk()
    // A spare has a disk of its own, and would not find what its predecessor has left.
    context.sparesFit = this.#sparesFit && !usesDisk
    if (!usesDisk) context.lacks.set('used-disk', 'the subject leaves nothing in its folders')
    if (!this.#hasChildren) context.lacks.set('children', 'the subject has no child processes')
    if (context.suite.subject.next === undefined) context.lacks.set('next-version', 'the suite has no subject.next')
    const limits = [...this.#cell.shares.lanes.values()].map((lane) => lane.deliveryLimit ?? Infinity)
    context.failures = Math.max(1, Math.min(FAILURES_MAX, ...limits.map((limit) => limit - 1)))
    context.passiveMs = Math.ceil(Math.max(1_500, 3 * this.#startMs))
    context.tailMs = Math.ceil(Math.max(150, this.#tailMs * 3 + 50))
    context.expected = expectedBy(this.#effects)
    context.expectedOn = new Map([...context.lanes].map((lane) =>
      [lane, expectedBy(this.#effects.filter((one) => one.lane === lane))]))
    const usualMs = this.#stepMs / Math.max(1, this.#steps) + this.#startMs
    context.reachMs = Math.ceil(Math.max(3_000, 10 * usualMs)) + context.claimMs
    context.stepLimitMs = Math.ceil(Math.max(2_500, 10 * usualMs)) + context.claimMs
    context.blockedMs = Math.ceil(Math.max(300, 5 * slowestAnswerMs(context.recorder.events, this.#cell.name)))
    context.idleMs = Math.ceil(Math.min(1_500, Math.max(200, this.#stepMs / Math.max(1, this.#steps))))
    const orders = this.#ordersOf(contexts, this.lanes[0])
    const lanes = new Map([...context.lanes].map((lane) => [lane, this.#ordersOf(contexts, lane)]))
    const convoys = this.#convoys.map(({ trace }) => trace)
    const known = new Set([...this.#chains.map(({ chain }) => chain.operations), ...convoys]
      .flatMap((operations) => operations.map((op) => op.key)))
    const stepMs = this.#stepMs / Math.max(1, this.#steps)
    this.#learn(lanes.size === 0 ? [orders] : [...lanes.values()], stepMs)
    return { orders, lanes, known, stepMs, startMs: this.#startMs }
  }

  #ordersOf(contexts: readonly Context[], lane: Lane): Orders {
    const orders = new Map<Context, CausalOrder>()
    for (const name of contexts) orders.set(name, causalOrder(this.#tracesOf(name, lane)))
    const convoys = this.#convoys.filter((one) => one.lane === lane).map(({ trace }) => trace)
    if (convoys.length > 0) orders.set('convoy', causalOrder(convoys))
    return orders
  }

  #learn(all: readonly Orders[], stepMs: number): void {
    const learn = (what: string, value: unknown): void => {
      this.#cell.record({ type: 'learned', what, value })
    }
    const [first = new Map<Context, CausalOrder>(), ...others] = all
    const ofOthers = others.flatMap((orders) => [...orders]).filter(([name]) => name !== 'start')
    for (const [name, order] of [...first, ...ofOthers]) {
      learn('operations', { context: name, operations: order.operations.map((op) => op.key), unstable: order.unstable })
    }
    learn('background', [...this.#context.background])
    learn('expected', Object.fromEntries(this.#context.expected))
    for (const [lane, expected] of this.#context.expectedOn) learn(`expected on ${lane}`, Object.fromEntries(expected))
    learn('times', { tailMs: this.#context.tailMs, stepMs, startMs: this.#startMs, spares: this.#sparesFit })
  }

  /** `dropped`: warms the subject up and is no trace of its own. */
  async #message(context: Context, lane: Lane, dropped: boolean): Promise<StepResult> {
    this.#steps += 1
    const began = nowMs()
    const result = await runStep(this.#context, this.#cell, {
      id: `baseline-${this.#steps}`, phase: 'baseline', context, faults: [], ...lane === undefined ? {} : { lane },
    })
    this.#stepMs += result.tookMs
    this.#hasChildren ||= this.#cell.current?.hasChildren() ?? false
    if (result.end !== 'settled') {
      throw new SubjectError(
        `${this.#context.suite.name}: without any fault the message was not settled within `
        + `${Math.round(nowMs() - began)} ms; the subject's last output: `
        + this.#context.lastOutput(this.#cell.current?.id ?? ''),
      )
    }
    const late = await this.#untilQuiet(result)
    if (!dropped) for (const chain of late) this.#chains.push({ context, lane, chain })
    this.#effects.push({ lane, effects: await this.#effectsOf(result) })
    return result
  }

  /** Waits until no operation and no effect of the message has come for a while; learns the tail from the last one. */
  async #untilQuiet(result: StepResult): Promise<Chain[]> {
    const settled = this.#lastSettled(result.message.id)
    const limit = nowMs() + QUIET_MAX_MS
    let last = nowMs()
    let seen = -1
    while (nowMs() - last < QUIET_MS && nowMs() < limit) {
      const operations = this.#context.recorder.events.filter((event) => isWorkOf(event, this.#cell.name)).length
      const now = operations + (await this.#effectsOf(result)).length
      if (now !== seen) last = nowMs()
      seen = now
      await observeFor(20, this.#context.signal)
    }
    this.#tailMs = Math.max(this.#tailMs, last - settled)
    return this.#chainsSince(result.firstSeq)
  }

  #chainsSince(seq: number): Chain[] {
    const events = this.#context.recorder.events.filter((event) => event.cell === this.#cell.name && event.seq >= seq)
    return this.#context.chains(events).filter((chain) => chain.delivery !== undefined)
  }

  #lastSettled(message: string): number {
    const atMs = this.#context.recorder.events
      .findLast((event) => event.type === 'settled' && event.message === message)?.atMs
    return atMs === undefined ? nowMs() : this.#context.recorder.beganMs + atMs
  }

  async #effectsOf(result: StepResult): Promise<ObservedEffect[]> {
    return (await this.#cell.effects.read()).filter((effect) => effect.message === result.message.id)
  }

  /** Watches the subject idle until everything that recurs was seen three times, or the limit. */
  async #watchIdle(): Promise<void> {
    const mark = this.#mark()
    const began = nowMs()
    for (let limitMs = IDLE_MS; limitMs <= IDLE_MAX_MS; limitMs *= 2) {
      await observeFor(limitMs - (nowMs() - began), this.#context.signal)
      const counts = this.#idleCounts(mark)
      if ([...counts.values()].every((count) => count >= 3)) break
    }
    for (const name of this.#idleCounts(mark).keys()) this.#context.background.add(name)
    if (this.#context.isDifferential) await this.#cell.effects.noteIdle()
  }

  /**
   * What came with some messages only, and is tied to none, may go on by itself, too seldom for the idle window (a
   * pool's keepalive): it is background if it now comes without any message.
   */
  async #watchStrays(contexts: readonly Context[]): Promise<void> {
    const names = this.#untied()
    const strays = new Set(this.lanes.flatMap((lane) => contexts.flatMap((context) => {
      const traces = this.#tracesOf(context, lane)
      const unstable = new Set(causalOrder(traces).unstable)
      return traces.flat().filter((op) => unstable.has(op.key)).flatMap((op) => names.get(op.startSeq) ?? [])
    })))
    const mark = this.#mark()
    const seen = (): string[] => [...this.#idleCounts(mark).keys()].filter((name) => strays.has(name))
    await poll(() => (seen().length === strays.size ? true : undefined), {
      what: 'what recurs without a message', limitMs: STRAY_MAX_MS, everyMs: 20, signal: this.#context.signal,
    }).catch((error: unknown) => {
      if (!(error instanceof DeadlineError)) throw error
    })
    for (const name of seen()) this.#context.background.add(name)
    const isOurs = ({ startSeq }: TracedOperation): boolean => !this.#context.background.has(names.get(startSeq) ?? '')
    this.#chains = this.#chains.map(({ chain, ...seen }) =>
      ({ ...seen, chain: { ...chain, operations: chain.operations.filter(isOurs) } }))
  }

  /** Names of operations that no token ties to a message, by the number of their event. */
  #untied(): ReadonlyMap<number, string> {
    return new Map(this.#context.recorder.events.flatMap((event) => (event.type === 'operation-started'
      && event.cell === this.#cell.name && event.cause !== 'token' ? [[event.seq, plainName(event)] as const] : [])))
  }

  #idleCounts(mark: number): Map<string, number> {
    const counts = new Map<string, number>()
    for (const event of this.#context.recorder.events.slice(mark)) {
      if (event.type !== 'operation-started' || event.cell !== this.#cell.name || event.handshake) continue
      const name = plainName(event)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
  }

  #mark(): number {
    return this.#context.recorder.events.length
  }

  /** Remembers what the newest incarnation did before its first delivery; returns it as one text. */
  #keepStart(mark: number): string {
    const events = this.#context.recorder.events.slice(mark).filter((event) => event.cell === this.#cell.name)
    const current = this.#cell.current?.id
    const chain = this.#context.chains(events)
      .find((candidate) => candidate.incarnation === current && candidate.delivery === undefined)
    if (chain !== undefined) this.#chains.push({ context: 'start', lane: undefined, chain })
    const text = (chain?.operations ?? []).filter((op) => !op.reads).map((op) => op.key).sort().join('\n')
    this.#startKeys ??= text
    return text
  }

  /** A start-up is of every lane. */
  #tracesOf(context: Context, lane: Lane): Trace[] {
    return this.#chains.filter((one) => one.context === context && (context === 'start' || one.lane === lane))
      .map((one) => one.chain.operations)
  }
}

/** The most of each effect that a message had. */
function expectedBy(
  seen: readonly { readonly effects: readonly ObservedEffect[] }[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { effects } of seen) {
    const own = new Map<string, Set<string>>()
    for (const { effect, identity } of effects) own.set(effect, (own.get(effect) ?? new Set()).add(identity))
    for (const [effect, identities] of own) counts.set(effect, Math.max(counts.get(effect) ?? 0, identities.size))
  }
  return counts
}

function isWorkOf(event: Event, cell: string): boolean {
  return event.cell === cell && event.type === 'operation-started' && event.cause !== 'background'
}

/** Of operations that a message has caused. */
function slowestAnswerMs(events: readonly Event[], cell: string): number {
  const asked = new Map<string, number>()
  let slowest = 0
  for (const event of events) {
    if (event.cell !== cell) continue
    if (event.type === 'operation-started' && !event.oneWay && (event.cause === 'token' || event.cause === 'order')) {
      asked.set(event.operation, event.atMs)
    }
    if (event.type !== 'operation-ended') continue
    slowest = Math.max(slowest, event.atMs - (asked.get(event.operation) ?? event.atMs))
  }
  return slowest
}
