/**
 * The messages of one step: the one that its faults are tied to, those that travel with it, and every copy.
 */
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import { DeadlineError } from '../lib/errors.ts'
import type { SentAs } from '../model/event.ts'
import type { Message } from '../model/message.ts'
import type { Outcome } from '../model/wire.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import { hasAll } from './effects.ts'
import type { ObservedEffect } from './observed-effect.ts'

/** Messages on either side of the one in the middle. */
const CONVOY_SIDE = 1

export class StepMessages {
  readonly main: Message
  readonly #before: readonly Message[]
  readonly #after: readonly Message[]
  readonly #context: CampaignContext
  readonly #cell: Cell
  /** In the order of their first sends, with the number of their copies. */
  readonly #copies = new Map<Message, number>()
  readonly #undecodable = new Set<Message>()

  constructor(context: CampaignContext, cell: Cell, convoy: boolean) {
    const beside = (): Message[] => Array.from({ length: convoy ? CONVOY_SIDE : 0 }, () => context.nextMessage())
    this.#context = context
    this.#cell = cell
    this.#before = beside()
    this.main = context.nextMessage()
    this.#after = beside()
  }

  get planned(): readonly Message[] {
    return [...this.#before, this.main, ...this.#after]
  }

  /** The first send of all that the step plans. */
  async send(): Promise<void> {
    for (const message of this.planned) {
      const outcome = await this.#sendOne(message)
      assert(outcome === 'ok', `the broker took the harness's own message (${outcome})`)
    }
  }

  async sendBeside(what: 'another' | 'equal' | 'undecodable'): Promise<Outcome> {
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
    if (!messages.every((message) => hasAll(expected, of(message)))) return undefined
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
