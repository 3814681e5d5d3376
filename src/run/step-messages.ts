/**
 * The messages of one step: the one that its faults are tied to, those that travel with it, and every copy.
 *
 * Where the workload has several lanes, those that travel with it are on all of them: one on every other lane goes
 * ahead and is in hand before the one in the middle is sent. They are not settled before the fault strikes, because
 * the crossing withholds that; so a convoy's fault meets all lanes at work, or does not count.
 */
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import { DeadlineError } from '../lib/errors.ts'
import type { Event, SentAs } from '../model/event.ts'
import type { Further } from '../model/fault.ts'
import type { Message } from '../model/message.ts'
import type { Outcome } from '../model/wire.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import { hasAll } from './effects.ts'
import type { ObservedEffect } from './observed-effect.ts'
import { laneOf, type StepPlan } from './step-plan.ts'

/** A message that a living consumer of its lane has not got by then, it does not take beside others. */
const IN_HAND_MS = 2_000

export class StepMessages {
  readonly main: Message
  /** Those on other lanes, which are to be in hand when the fault strikes. */
  readonly kept: ReadonlySet<string>
  readonly #before: readonly Message[]
  readonly #after: readonly Message[]
  readonly #context: CampaignContext
  readonly #cell: Cell
  /** In the order of their first sends, with the number of their copies. */
  readonly #copies = new Map<Message, number>()
  readonly #undecodable = new Set<Message>()

  constructor(context: CampaignContext, cell: Cell, plan: StepPlan) {
    const isConvoy = plan.context === 'convoy'
    const { lanes } = context
    const lane = laneOf(plan) ?? context.nextLane()
    this.#context = context
    this.#cell = cell
    // One before it on every other lane, or on its own where there is no other, and one after it on its own.
    const others = lanes.size > 1 ? [...lanes].filter((name) => name !== lane) : [lane]
    this.#before = isConvoy ? others.map((name) => context.nextMessage(name)) : []
    this.main = context.nextMessage(lane)
    this.#after = isConvoy ? [context.nextMessage(lane)] : []
    this.kept = new Set(lanes.size > 1 ? this.#before.map(({ id }) => id) : [])
  }

  get planned(): readonly Message[] {
    return [...this.#before, this.main, ...this.#after]
  }

  /** The first send of all that the step plans. */
  async send(): Promise<void> {
    for (const message of this.planned) {
      if (message === this.main && this.kept.size > 0) await this.#untilInHand()
      const outcome = await this.#sendOne(message)
      assert(outcome === 'ok', `the broker took the harness's own message (${outcome})`)
    }
  }

  /** Whether each of those on other lanes was handed over and not settled when the fault struck first. */
  wereTogether(events: readonly Event[]): boolean {
    const held = events.find((event) => event.type === 'fault-held')
    if (held === undefined) return true
    const until = events.filter((event) => event.seq < held.seq)
    return [...this.kept].every((id) => until.some((event) => event.type === 'delivered' && event.message === id)
      && !until.some((event) => event.type === 'settled' && event.message === id))
  }

  async sendBeside(what: Further): Promise<Outcome> {
    if (what === 'beside') return this.#sendBesideOnLanes()
    const message = this.#context.messageBeside(this.main, what)
    if (what === 'undecodable') {
      this.#undecodable.add(message)
      this.#context.undecodable.add(message.id)
    }
    const outcome = await this.#sendOne(message, what === 'undecodable' ? what : undefined)
    const { deadLetter, reject } = this.#context.suite
    // The suite names no place for a bad one: what happens then is measured, and nothing is waited for.
    if (this.#undecodable.size > 0 && deadLetter.length === 0 && !reject) {
      for (const { id } of this.#copies.keys()) this.#context.notAwaited.add(id)
    }
    return outcome
  }

  /** On its own lane only where that one is worked on by several at once, as far as anybody knows. */
  async #sendBesideOnLanes(): Promise<Outcome> {
    const { lanes, isWide } = this.#context
    const others = [...lanes].filter((lane) => lane !== this.main.lane)
    const messages = [
      ...others.map((lane) => this.#context.nextMessage(lane)),
      ...isWide || others.length === 0 ? [this.#context.messageBeside(this.main, 'another')] : [],
    ]
    for (const message of messages) {
      const outcome = await this.#sendOne(message)
      if (outcome !== 'ok') return outcome
    }
    return 'ok'
  }

  async #untilInHand(): Promise<void> {
    const { ledger } = this.#cell
    await this.#cell.until(() => [...this.kept].every((id) => ledger.deliveries(id) > 0), IN_HAND_MS)
  }

  async sendAgain(as: SentAs, what: 'first' | 'all'): Promise<Outcome> {
    for (const message of what === 'first' ? [this.main] : [...this.#copies.keys()]) {
      const outcome = await this.#sendOne(message, as)
      if (outcome !== 'ok') return outcome
    }
    return 'ok'
  }

  /** Every copy of every message is settled; of one that can't be decoded, only where its deliveries can be known. */
  areSettled(): boolean {
    return this.#settledOf([...this.#copies])
  }

  /** The same of all but the main one. */
  areOthersSettled(): boolean {
    return this.#settledOf([...this.#copies].filter(([message]) => message !== this.main))
  }

  #settledOf(counted: readonly (readonly [Message, number])[]): boolean {
    const { ledger } = this.#cell
    return counted.every(([message, copies]) => {
      const enough = ledger.settlements(message.id) >= copies
      return enough || (this.#undecodable.has(message) && ledger.deliveries(message.id) === 0)
    })
  }

  areComplete(): Promise<boolean> {
    const owing = [...this.#copies.keys()].filter((message) => !this.#undecodable.has(message))
    return awaitEffects(this.#context, this.#cell, owing)
  }

  async #sendOne(message: Message, as?: SentAs): Promise<Outcome> {
    const copy = (this.#copies.get(message) ?? 0) + 1
    this.#copies.set(message, copy)
    return this.#cell.send(message, copy, as)
  }
}

/** Effects come within the learned tail, or the step goes on without them: what is missing is judged at the end. */
export async function awaitEffects(
  context: CampaignContext, cell: Cell, messages: readonly Message[],
): Promise<boolean> {
  const { expected, tailMs } = context
  if (expected.size === 0) return true
  const isOwn = (one: ObservedEffect): boolean => messages.some((message) => message.id === one.message)
  return poll(async () => {
    const seen = await cell.effects.read()
    const own = seen.filter(isOwn)
    const of = (message: Message): typeof own => own.filter((one) => one.message === message.id)
    if (!messages.every((message) => hasAll(context.expectedOf(message), of(message)))) return undefined
    for (const effect of own) cell.record({ type: 'effect-observed', reading: 'live', ...effect })
    return true
  }, { what: 'its effects', limitMs: tailMs, everyMs: 5 }).catch(async (error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error
    // Rows that messages share go on changing: later ones cover what this step has left.
    for (const effect of (await cell.effects.read()).filter(isOwn)) {
      if (effect.shared !== undefined) cell.record({ type: 'effect-observed', reading: 'live', ...effect })
    }
    return false
  })
}
