/**
 * The stage of a running step: what a fault's verbs may ask of the cell and its incarnations.
 *
 * The victim is whoever stands at the crossing, and stays it when another incarnation takes over; the twin is the
 * current one. Nothing is decided here about what fired: that is the fault's own predicate over the history.
 */
import { assert } from '../lib/assert.ts'
import { nowMs, observeFor } from '../lib/clock.ts'
import type { EventBody } from '../model/event.ts'
import type { Further, Who } from '../model/fault.ts'
import type { Outcome } from '../model/wire.ts'
import { Crossing } from '../nemesis/crossing.ts'
import type { Failures, Stage, Standing } from '../nemesis/stage.ts'
import { outlasting, type Outlasting } from '../plan/outlast.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import type { Incarnation } from './incarnation.ts'
import type { PlannedFault } from './step-plan.ts'
import type { StepMessages } from './step-messages.ts'

export interface StageParts {
  readonly context: CampaignContext
  readonly cell: Cell
  readonly messages: StepMessages
  readonly planned: PlannedFault
  readonly crossing: Crossing | undefined
  /** Of the fault that comes after this one. */
  readonly next: Crossing | undefined
}

export class StepStage implements Stage {
  readonly fault
  readonly point
  readonly leaseLinks
  readonly claimLinks
  readonly graceMs
  readonly reachMs
  readonly signal
  readonly twinCrossing: Crossing | undefined
  readonly failures: Failures
  readonly #parts: StageParts
  #crossing: Crossing | undefined
  #upcoming: Crossing | undefined
  /** Index of the first event after the crossing was reached. */
  #heldAt = 0
  #heldMs = nowMs()
  #startedMs = nowMs()

  constructor(parts: StageParts) {
    const { context, planned } = parts
    this.#parts = parts
    this.#crossing = parts.crossing
    this.fault = planned.fault
    this.point = planned.point
    this.leaseLinks = context.leaseLinks
    this.claimLinks = context.claimLinks
    this.graceMs = context.suite.subject.graceMs
    this.reachMs = context.reachMs
    this.signal = context.signal
    const { twin } = planned.point
    // What the first one has done already the second need not do again.
    this.twinCrossing = twin === undefined ? undefined
      : crossingOf({ ...planned, point: twin }, parts.messages.main.id, true)
    this.failures = {
      times: context.failures,
      prepare: (more) => {
        this.#upcoming = more ? crossingOf(planned, parts.messages.main.id, true) : undefined
        parts.cell.armNext(this.#upcoming)
      },
      adopt: () => {
        this.#crossing = this.#upcoming
      },
    }
  }

  get crossing(): Crossing | undefined {
    return this.#crossing
  }

  get victim(): Incarnation {
    const { cell } = this.#parts
    const standing = cell.holderOf(this.#crossing) ?? cell.current
    assert(standing !== undefined, 'there is a current incarnation')
    return standing
  }

  get twin(): Incarnation {
    return this.#parts.cell.current ?? this.victim
  }

  disarm(who: Who = 'victim'): void {
    if (who === 'twin') {
      this.twinCrossing?.disarm()
      this.#parts.cell.armNext(this.#parts.next)
      return
    }
    this.#crossing?.disarm()
    // Whoever lives on is the next fault's victim too.
    if (this.#parts.next !== undefined) this.victim.observer.arm(this.#parts.next)
  }

  flush(): void {
    this.#parts.context.recorder.flush()
  }

  async held(withheld: readonly string[], proven: Outcome): Promise<void> {
    const { context, cell, next } = this.#parts
    await cell.settlements.read()
    this.#heldAt = context.recorder.events.length
    this.#heldMs = nowMs()
    if (this.#upcoming === undefined) cell.armNext(this.twinCrossing ?? next)
    this.#record({ type: 'fault-held', ...this.#place(), incarnation: this.victim.id, withheld, proven })
  }

  async startSuccessor(version: 'current' | 'next'): Promise<void> {
    this.#startedMs = nowMs()
    await this.#parts.cell.succeed(false, version)
  }

  wipe(): void {
    this.#parts.cell.wipe()
  }

  async send(what: Further): Promise<Outcome> {
    return this.#parts.messages.sendBeside(what)
  }

  async sendAgain(as: 'retry' | 'replay' | 'late', what: 'first' | 'all'): Promise<Outcome> {
    return this.#parts.messages.sendAgain(as, what)
  }

  async settled(withinMs: number): Promise<Standing> {
    const { cell, messages, context } = this.#parts
    const limitMs = withinMs + (this.fault.overlaps ? context.suite.subject.lockTtlMs + context.claimMs : 0)
    const settled = (): boolean => messages.areSettled()
    const isOver = (): boolean => settled() || cell.hasGivenUp || this.#hindrance() !== undefined
    // How long the second one takes to start is not its time to settle.
    await cell.until(() => isOver() || this.twin.isReady || this.twin.hasExited, context.passiveMs)
    await cell.until(isOver, limitMs)
    const end = settled() ? 'settled' : this.#hindrance() ?? 'late'
    if (this.fault.overlaps) await this.#outliveLocks()
    return end
  }

  async othersSettled(withinMs: number): Promise<Standing> {
    const { cell, messages } = this.#parts
    return await cell.until(() => messages.areOthersSettled(), withinMs) ? 'settled' : 'late'
  }

  async ready(withinMs: number): Promise<Standing> {
    const { cell, context } = this.#parts
    const { twin } = this
    const end = (): Standing | undefined => {
      if (twin.isReady) return 'ready'
      if (twin.hasExited) return 'gone'
      return nowMs() - this.#startedMs > context.passiveMs ? 'passive' : undefined
    }
    await cell.until(() => end() !== undefined, withinMs)
    return end() ?? 'late'
  }

  async redelivered(withinMs: number): Promise<boolean> {
    const { cell, context, messages } = this.#parts
    const { victim } = this
    const again = (): boolean => context.recorder.events.slice(this.#heldAt).some((event) =>
      event.type === 'delivered' && event.incarnation === victim.id && event.message === messages.main.id)
    await cell.until(() => again() || victim.hasExited, withinMs)
    return again()
  }

  async finished(withinMs: number): Promise<string> {
    const { cell, context, messages } = this.#parts
    const { victim } = this
    const end = (): string | undefined => {
      if (victim.hasExited) return 'it went by itself'
      const lost = context.recorder.events.slice(this.#heldAt).some((event) => event.type === 'settlement-lost'
        && event.incarnation === victim.id && event.message === messages.main.id)
      if (lost) return 'it settled, and nobody heard of it'
      const since = victim.observer.waitsSinceMs()
      if (since !== undefined && nowMs() - since > context.blockedMs) return 'it waits for the server'
      return victim.observer.isIdle(context.idleMs) ? 'it has nothing left to do' : undefined
    }
    await cell.until(() => end() !== undefined, withinMs)
    return end() ?? `it was still at work after ${withinMs} ms`
  }

  async outlast(): Promise<Outlasting> {
    const { context } = this.#parts
    const found = outlasting(context.suite.contract.dedupWindowMs)
    if ('waitMs' in found) await observeFor(found.waitMs, context.signal)
    return found
  }

  misses(who: Who): string | undefined {
    const { cell, messages } = this.#parts
    if (messages.areSettled()) return 'the message was settled'
    if (who === 'twin' && cell.isBlocked(this.#parts.context.blockedMs)) return 'it waits for the server'
    const standing = who === 'twin' ? this.#standby() : undefined
    return standing === undefined ? undefined : `it is ${standing}`
  }

  /** A lock of the victim's own runs out while it stands, as it would in a long pause. */
  async #outliveLocks(): Promise<void> {
    const { context } = this.#parts
    const left = context.suite.subject.lockTtlMs * 1.1 - (nowMs() - this.#heldMs)
    if (context.suite.subject.lockTtlMs > 0 && left > 0) await observeFor(left, context.signal)
  }

  /** What keeps the current incarnation from settling: nobody waits for that in vain. */
  #hindrance(): Standing | undefined {
    const { cell } = this.#parts
    const standing = this.#standby()
    if (standing !== undefined) return standing
    const { twin } = this
    return twin.isReady && cell.isBlocked(this.#parts.context.blockedMs) ? 'blocked' : undefined
  }

  #standby(): Standing | undefined {
    const { victim, twin } = this
    if (victim === twin || twin.isReady || twin.hasExited || victim.hasExited) return undefined
    return nowMs() - this.#startedMs > this.#parts.context.passiveMs ? 'passive' : undefined
  }

  #place(): { readonly fault: string; readonly point: string } {
    return { fault: this.fault.name, point: this.point.name }
  }

  #record(body: EventBody): void {
    this.#parts.cell.record(body)
  }
}

/** On the way back nothing but the operation itself is withheld: what leads to it is done again. */
export function crossingOf(
  { fault, point, known, stable }: PlannedFault, message: string, isRepeated = false, keeps?: ReadonlySet<string>,
): Crossing | undefined {
  if (fault.at.unit === 'message') return undefined
  const exact = fault.at.unit === 'worlds' && point.context !== 'recovery' && !isRepeated
  const holds = fault.holds ?? 'everything'
  // What led to it the first time may be done already, and is then not done again.
  const done = point.side === 'after' ? [point.operation] : []
  return new Crossing(message, isRepeated ? { ...point, done } : point, {
    known, others: stable ?? known, holdsOthers: exact && holds === 'everything', holds, isRepeated,
    ...keeps === undefined ? {} : { keeps },
  })
}
