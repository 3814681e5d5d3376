/**
 * One step: a message, or a convoy of them, driven to settlement with the faults tied to it.
 *
 * The order is always the same: a subject in the wanted context, a crossing armed on it, the message sent, the fault's
 * program carried out, then the way back to rest: deliveries settled and effects complete, or the step's limit. What
 * fired is decided afterwards by the fault's own predicate over the step's events.
 */
import { assert } from '../lib/assert.ts'
import { nowMs } from '../lib/clock.ts'
import type { Event, EventBody, FaultEnd, StepEnd } from '../model/event.ts'
import type { Message } from '../model/message.ts'
import { carryOut } from '../nemesis/carry-out.ts'
import type { Crossing } from '../nemesis/crossing.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import type { Incarnation } from './incarnation.ts'
import { StepMessages } from './step-messages.ts'
import type { PlannedFault, StepPlan } from './step-plan.ts'
import { crossingOf, StepStage } from './step-stage.ts'
import type { Chain } from './traces.ts'
import { untiedStand } from './untied.ts'

const APART = 'the messages on the other lanes were not in hand with it'

/** A subject that was silent for so long waits for something that is not under way. */
const REST_MS = 1_000

export interface StepResult {
  readonly plan: StepPlan
  readonly end: StepEnd
  /** Settled, and every effect that the baseline showed is there. */
  readonly complete: boolean
  readonly message: Message
  /** How each planned fault ended, in order. */
  readonly ended: readonly FaultEnd[]
  readonly chains: readonly Chain[]
  readonly firstSeq: number
  /** Chains that began, or went on, after the first crossing. */
  readonly after: readonly Chain[]
  /** Incarnations that the faults ended. */
  readonly victims: ReadonlySet<string>
  readonly tookMs: number
}

export async function runStep(context: CampaignContext, cell: Cell, plan: StepPlan): Promise<StepResult> {
  const began = nowMs()
  const messages = new StepMessages(context, cell, plan)
  const victim = await readyFor(cell, plan)
  const mark = context.recorder.events.length
  cell.beginStep(plan.id, messages.main.id)
  cell.record({
    type: 'step-started', phase: plan.phase, context: plan.context, messages: messages.planned.map(({ id }) => id),
    faults: plan.faults.map(({ fault, point }) => ({ fault: fault.name, point: point.name })),
    ...(plan.confirms === undefined ? {} : { confirms: plan.confirms }),
  })
  const run = new StepRun(context, cell, plan, messages)
  const failure = await run.carryOut(victim)
  const { settled, complete } = await run.rest()
  const events = context.recorder.events.slice(mark).filter((event) => event.cell === cell.name)
  const ended = run.judgeFaults(events, failure)
  const untied = plan.alone === true ? undefined : untiedStand(events, plan.faults)
  const end = untied === undefined ? stepEnd(failure, settled, ended) : 'deviated'
  const detail = failure ?? untied
  cell.record({ type: 'step-ended', reason: end, ...(detail === undefined ? {} : { detail }) })
  cell.endStep()
  // Whoever comes next is what the suite certifies again.
  if (cell.current?.version === 'next') await cell.retire()
  const held = events.find((event) => event.type === 'fault-held')
  return {
    plan, end, message: messages.main, ended, complete, chains: context.chains(events),
    firstSeq: (events[0]?.seq ?? 0), tookMs: nowMs() - began,
    victims: new Set(events.flatMap((event) =>
      (event.type === 'incarnation-exited' && event.because === 'fault' ? [event.incarnation] : []))),
    after: held === undefined ? [] : chainsAfter(context.chains(events), held.seq),
  }
}

/** A subject in the context that the step wants; undefined where it must not run yet. */
async function readyFor(cell: Cell, plan: StepPlan): Promise<Incarnation | undefined> {
  if (plan.context === 'start') {
    await cell.retire()
    return undefined
  }
  if (plan.context === 'warm') {
    const { current } = cell
    return current !== undefined && !current.hasExited ? current : cell.fresh()
  }
  return cell.fresh()
}

function stepEnd(failure: string | undefined, settled: boolean, ended: readonly FaultEnd[]): StepEnd {
  if (failure !== undefined) return failure.startsWith('another operation') ? 'deviated' : 'not-exercised'
  if (!settled) return 'unsettled'
  return ended.includes('not-exercised') ? 'not-exercised' : 'settled'
}

/** Operations from the crossing on, the rest of the victim's own chain among them. */
function chainsAfter(chains: readonly Chain[], heldSeq: number): Chain[] {
  return chains.map((chain) => ({
    ...chain, operations: chain.operations.filter((op) => op.startSeq > heldSeq),
  })).filter((chain) => chain.operations.length > 0)
}

/** The running part of a step: the faults of its plan, one after the other. */
class StepRun {
  readonly #context: CampaignContext
  readonly #cell: Cell
  readonly #plan: StepPlan
  readonly #messages: StepMessages

  constructor(context: CampaignContext, cell: Cell, plan: StepPlan, messages: StepMessages) {
    this.#context = context
    this.#cell = cell
    this.#plan = plan
    this.#messages = messages
  }

  /** Sends the messages and carries out every fault's program; returns what was impossible. */
  async carryOut(victim: Incarnation | undefined): Promise<string | undefined> {
    const main = this.#messages.main.id
    const { kept } = this.#messages
    const crossings = this.#plan.faults.map((planned) => crossingOf(planned, main, false, kept))
    const gated = victim === undefined ? await this.#cell.gated() : undefined
    const start = victim ?? gated
    assert(start !== undefined, 'a step has a victim')
    if (crossings[0] !== undefined) start.observer.arm(crossings[0])
    await this.#messages.send()
    if (gated !== undefined) this.#cell.takeOver(gated)
    for (const [i, planned] of this.#plan.faults.entries()) {
      const crossing = crossings[i]
      const next = crossings[i + 1]
      this.#recordArmed(planned)
      // Until it is reached, whoever takes over meets it; then the one after it.
      this.#cell.armNext(crossing === undefined || crossing.isReached ? next : crossing)
      const stage = new StepStage({
        context: this.#context, cell: this.#cell, messages: this.#messages, planned, crossing, next,
      })
      const failure = await carryOut(stage, this.#context.means.verbs, (verb, detail) =>
        this.#record({ type: 'fault-did', fault: planned.fault.name, point: planned.point.name, verb, detail }))
      if (failure !== undefined) return this.#giveUp(failure, [...crossings, stage.crossing, stage.twinCrossing])
    }
    return undefined
  }

  /** Waits until every delivery is over and the effects are complete, or the step's limit ran out. */
  async rest(): Promise<{ readonly settled: boolean; readonly complete: boolean }> {
    const { stepLimitMs, claimMs } = this.#context
    // What a claim with a time of its own keeps back comes by itself.
    const restMs = REST_MS + claimMs
    const isOver = (): boolean => this.#messages.areSettled() || this.#cell.hasGivenUp
    const since = nowMs()
    // What it was before this is the rest before the message.
    await this.#cell.until(() => isOver() || (nowMs() - since > restMs && this.#isAtRest()), stepLimitMs / 2)
    // A client may settle with the next message, or by a timer of its own: the two are judged together then.
    if (!isOver() && await this.#messages.areComplete() && !isOver()) {
      this.#record({ type: 'noted', text: 'the effects are there and the settlement is not: the next message is sent' })
      await this.#messages.sendBeside('another')
    }
    await this.#cell.until(isOver, stepLimitMs / 2)
    const settled = this.#messages.areSettled()
    return settled ? { settled, complete: await this.#messages.areComplete() } : { settled, complete: false }
  }

  /** Says of every fault how it ended, by its own predicates over the step without the other fault's events. */
  judgeFaults(events: readonly Event[], failure: string | undefined): FaultEnd[] {
    return this.#plan.faults.map(({ fault, point }, i) => {
      const others = this.#plan.faults.filter((_, j) => j !== i)
      const view = {
        step: this.#plan.id,
        events: events.filter((event) => !('fault' in event && 'point' in event)
          || !others.some((other) => other.fault.name === event.fault && other.point.name === event.point)),
      }
      const together = this.#messages.wereTogether(view.events)
      const fired = failure === undefined && together && fault.fired(view)
      const cannot = fired ? undefined : fault.notApplicable?.(view)
      const end: FaultEnd = fired ? 'fired' : cannot === undefined ? 'not-exercised' : 'not-applicable'
      this.#record({
        type: 'fault-ended', fault: fault.name, point: point.name, end,
        detail: cannot ?? failure ?? (fired ? '' : together ? 'its effect was not seen' : APART),
      })
      return end
    })
  }

  /** It takes deliveries, and has not done anything for a while. */
  #isAtRest(): boolean {
    const { current } = this.#cell
    return current !== undefined && current.isReady && !current.hasExited
      && current.observer.isIdle(Math.max(REST_MS, this.#context.idleMs))
  }

  #giveUp(failure: string, crossings: readonly (Crossing | undefined)[]): string {
    this.#cell.armNext(undefined)
    for (const crossing of crossings) crossing?.disarm()
    for (const incarnation of this.#cell.incarnations) {
      incarnation.resume()
      for (const connection of incarnation.connections()) if (connection.isOpen) connection.release()
    }
    return failure
  }

  #recordArmed({ fault, point }: PlannedFault): void {
    const incarnation = this.#cell.current?.id ?? 'next'
    this.#record({ type: 'fault-armed', fault: fault.name, point: point.name, incarnation })
  }

  #record(body: EventBody): void {
    this.#cell.record(body)
  }
}
