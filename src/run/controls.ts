/**
 * Controls: before a certificate is given, a loss and a duplicate of each effect are planted through the same wire,
 * attribution and settling as everything else, and must be seen. An oracle that can't see them certifies nothing.
 *
 * A loss is tried at every operation that could carry the effect, a duplicate at every one that could repeat it; where
 * the server forbids the repeat, a copy is planted where no constraint can. Each try is a message of its own.
 */
import { poll, within } from '../lib/clock.ts'
import { DeadlineError } from '../lib/errors.ts'
import type { Message } from '../model/message.ts'
import type { Point } from '../model/point.ts'
import type { CausalOrder, TracedOperation } from '../plan/points.ts'
import { sharedColumn, type EffectSource } from '../model/suite.ts'
import type { Outcome, WireProtocol } from '../model/wire.ts'
import { Crossing } from '../nemesis/crossing.ts'
import type { LiveOperation } from '../nemesis/live-operation.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'

const PLANT_MS = 5_000

type What = 'loss' | 'duplicate'

/** `orders`: by lane; an effect is planted where its messages come by, on one lane. */
export async function runControls(
  context: CampaignContext, orders: ReadonlyMap<string | undefined, CausalOrder>, cells: Cell[],
): Promise<void> {
  const cell = await Cell.open(context, `${context.cellPrefix}controls`, false)
  cells.push(cell)
  const names = context.isDifferential ? [...context.expected.keys()] : Object.keys(context.suite.effects)
  for (const effect of names) {
    const [first] = orders
    const found = [...orders].find(([lane]) => context.expectedOf({ lane }).has(effect)) ?? first
    if (found === undefined) return
    const run = new Control(context, cell, { lane: found[0], order: found[1] }, effect)
    await run.loss()
    await run.duplicate()
  }
}

interface Place {
  readonly lane: string | undefined
  readonly order: CausalOrder
}

class Control {
  readonly #context: CampaignContext
  readonly #cell: Cell
  readonly #place: Place
  readonly #effect: string
  readonly #source: EffectSource | undefined
  #tries = 0

  constructor(context: CampaignContext, cell: Cell, place: Place, effect: string) {
    this.#context = context
    this.#cell = cell
    this.#place = place
    this.#effect = effect
    this.#source = context.suite.effects[effect]
  }

  get #expected(): number {
    return this.#context.expectedOf(this.#place).get(this.#effect) ?? 0
  }

  async loss(): Promise<void> {
    const expected = this.#expected
    const isSeen = (seen: number): boolean => seen < expected
    this.#end('loss', await this.#unrecorded(isSeen) ?? await this.#tryAll('loss', isSeen))
  }

  /** A sink of ours accepts the next call and does not record it. */
  async #unrecorded(isSeen: (count: number) => boolean): Promise<string | undefined> {
    const sink = this.#source?.kind === 'http' ? this.#cell.shares.sinks.get(this.#source.dependency) : undefined
    if (sink === undefined) return undefined
    const message = this.#context.nextMessage(this.#place.lane)
    await this.#cell.fresh()
    this.#begin('loss', message)
    sink.plantLoss()
    await this.#cell.send(message, 1)
    await this.#finish(message)
    return isSeen(await this.#countAfterTail(message, isSeen)) ? 'accepted and not recorded' : undefined
  }

  #begin(what: What, message: Message): void {
    this.#tries += 1
    this.#cell.beginStep(`control-${this.#effect}-${this.#tries}`)
    this.#cell.record({
      type: 'step-started', phase: 'controls', context: 'cold', messages: [message.id], faults: [],
      plants: { effect: this.#effect, what },
    })
    this.#context.notAwaited.add(message.id)
  }

  async #finish(message: Message): Promise<boolean> {
    const { ledger } = this.#cell
    const settled = await this.#cell.until(() => ledger.settlements(message.id) > 0, this.#context.reachMs)
    this.#cell.record({ type: 'step-ended', reason: settled ? 'settled' : 'unsettled' })
    this.#cell.endStep()
    return settled
  }

  async duplicate(): Promise<void> {
    const expected = this.#expected
    // A row that holds what was written last can't hold it twice: nothing on the wire shows as a duplicate.
    const once = this.#source !== undefined && sharedColumn(this.#source)?.how === 'last'
    const tried = once ? await this.#leaveOne(expected)
      : await this.#tryAll('duplicate', (seen) => seen > expected)
    this.#end('duplicate', tried ?? await this.#copy())
  }

  /** One message with nothing planted, so that there is a row to look at. */
  async #leaveOne(expected: number): Promise<undefined> {
    const message = this.#context.nextMessage(this.#place.lane)
    await this.#cell.fresh()
    this.#begin('duplicate', message)
    await this.#cell.send(message, 1)
    await this.#finish(message)
    await this.#countAfterTail(message, (seen) => seen >= expected)
  }

  #end(what: What, how: string | undefined): void {
    this.#cell.record({
      type: 'control-ended', effect: this.#effect, what, seen: how !== undefined,
      how: how ?? `no planted ${what} of ${this.#effect} was seen`,
    })
  }

  /** One message per operation that could carry the effect, the likeliest first. */
  async #tryAll(what: What, isSeen: (count: number) => boolean): Promise<string | undefined> {
    for (const op of this.#candidates()) {
      const message = this.#context.nextMessage(this.#place.lane)
      const how = await this.#tryAt(what, op, message)
      if (how === undefined) continue
      const count = await this.#countAfterTail(message, isSeen)
      if (isSeen(count)) return how
    }
    return undefined
  }

  #candidates(): TracedOperation[] {
    const link = this.#source === undefined ? undefined
      : this.#source.kind === 'queue' ? this.#source.source : this.#source.dependency
    const changing = this.#place.order.operations.filter((op) => !op.reads)
    return changing.filter((op) => link === undefined || op.link === link).reverse()
  }

  async #tryAt(what: What, op: TracedOperation, message: Message): Promise<string | undefined> {
    const cell = this.#cell
    const victim = await cell.fresh()
    this.#begin(what, message)
    const crossing = new Crossing(message.id, pointAt(op, what === 'loss' ? 'before' : 'after'), {
      known: new Set(), holdsOthers: false,
    })
    victim.observer.arm(crossing)
    await cell.send(message, 1)
    const planted = await this.#plant(what, crossing)
    crossing.disarm()
    for (const connection of victim.connections()) if (connection.isOpen) connection.release()
    const settled = await this.#finish(message)
    return planted === 'ok' && settled ? `planted at ${op.key}` : undefined
  }

  async #plant(what: What, crossing: Crossing): Promise<Outcome> {
    try {
      await within(crossing.reached, {
        what: 'place of a control', limitMs: this.#context.reachMs, signal: this.#context.signal,
      })
    } catch (error) {
      if (error instanceof DeadlineError) return 'failed'
      throw error
    }
    const op = what === 'loss' ? crossing.withheld[0] : crossing.lastOver(crossing.point.operation)
    if (op === undefined) return 'failed'
    return what === 'loss' ? this.#plantLoss(op) : this.#plantRepeat(op)
  }

  /** The request goes upstream in a form that leaves nothing; the subject is told that it worked. */
  async #plantLoss(op: LiveOperation): Promise<Outcome> {
    const wire = this.#wireOf(op)
    if (wire.plantLoss === undefined) return 'failed'
    // The request may still be on its way: the decoder says when it is whole.
    const planted = await poll(() => wire.plantLoss?.(joined(op), op.start), {
      what: 'whole request', limitMs: 500, everyMs: 2,
    }).catch(() => undefined)
    if (planted === undefined) return 'failed'
    op.connection.takeHeldRequests()
    let answer: Buffer = Buffer.alloc(0)
    const outcome = await within(op.connection.interject({
      bytes: planted.request,
      done: (reply) => {
        answer = reply
        return planted.complete(reply) ? 'ok' : undefined
      },
    }), { what: 'answer to a planted loss', limitMs: PLANT_MS })
    if (outcome === 'ok') op.connection.answerAs(planted.answer(answer))
    return outcome
  }

  /** The request once more, while its first reply is withheld. */
  async #plantRepeat(op: LiveOperation): Promise<Outcome> {
    const repeat = this.#wireOf(op).plantRepeat?.(joined(op), op.start)
    if (repeat === undefined) return 'failed'
    return within(op.connection.interject(repeat), { what: 'answer to a planted repeat', limitMs: PLANT_MS })
  }

  #wireOf(op: LiveOperation): WireProtocol {
    return this.#cell.wireOf(op.link)
  }

  async #countAfterTail(message: Message, isSeen: (count: number) => boolean): Promise<number> {
    const count = async (): Promise<number> => (await this.#cell.effects.read())
      .filter((one) => one.effect === this.#effect && one.message === message.id).length
    // A loss is seen by what stays away for the whole tail; a duplicate as soon as it is there.
    const early = isSeen(Number.POSITIVE_INFINITY)
    await poll(async () => (early === isSeen(await count()) ? true : undefined), {
      what: 'planted effect', limitMs: this.#context.tailMs, everyMs: 20,
    }).catch(() => undefined)
    return count()
  }

  /** The server forbids a second one: it is planted where nothing can, and the same reading must see it. */
  async #copy(): Promise<string | undefined> {
    const planted = await this.#cell.effects.plantCopy(this.#effect)
    return planted !== undefined && planted.seen > 1 ? planted.how : undefined
  }
}

function joined(op: LiveOperation): Buffer {
  return Buffer.concat(op.units.map((unit) => unit.bytes))
}

function pointAt(op: TracedOperation, side: Point['side']): Point {
  return {
    name: `${op.key} ${side}`, also: [], side, operation: op.key, link: op.link, oneWay: op.oneWay,
    done: side === 'after' ? [op.key] : [], context: 'cold',
  }
}
