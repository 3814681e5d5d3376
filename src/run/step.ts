/**
 * One step: a message driven to settlement with the faults tied to it.
 *
 * The order is always the same: a subject in the wanted context, a crossing armed on it, the message sent, the fault's
 * program carried out, then the way back to rest: deliveries settled and effects complete, or the step's limit. What
 * fired is decided afterwards by the fault's own predicate over the step's events.
 */
import { assert } from '../lib/assert.ts'
import { nowMs, poll } from '../lib/clock.ts'
import { DeadlineError } from '../lib/errors.ts'
import type { Event, EventBody, FaultEnd, Phase, StepEnd } from '../model/event.ts'
import type { Fault } from '../model/fault.ts'
import type { Message } from '../model/message.ts'
import type { Context, Point } from '../model/point.ts'
import { carryOut } from '../nemesis/carry-out.ts'
import { Crossing } from '../nemesis/crossing.ts'
import type { Stage } from '../nemesis/stage.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import { hasAll } from './effects.ts'
import type { Incarnation } from './incarnation.ts'
import type { Chain } from './traces.ts'

/** An answer that takes longer than this waits for something: nothing in a step takes so long by itself. */
const BLOCKED_MS = 600

export interface PlannedFault {
  readonly fault: Fault
  readonly point: Point
  /** Keys of all operations that the context is known to have. */
  readonly known: ReadonlySet<string>
}

export interface StepPlan {
  readonly id: string
  readonly phase: Phase
  readonly context: Context
  readonly faults: readonly PlannedFault[]
  readonly confirms?: string
  /** Operations that it brings up become points; yes by default. */
  readonly explores?: false
}

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
  const message = context.nextMessage()
  const victim = await readyFor(cell, plan)
  const mark = context.recorder.events.length
  cell.beginStep(plan.id)
  cell.record({
    type: 'step-started', phase: plan.phase, context: plan.context, messages: [message.id],
    faults: plan.faults.map(({ fault, point }) => ({ fault: fault.name, point: point.name })),
    ...(plan.confirms === undefined ? {} : { confirms: plan.confirms }),
  })
  const run = new StepRun(context, cell, plan, message)
  const failure = await run.carryOut(victim)
  const { settled, complete } = await run.rest()
  const events = context.recorder.events.slice(mark).filter((event) => event.cell === cell.name)
  const ended = run.judgeFaults(events, failure)
  const end = stepEnd(failure, settled, ended)
  cell.record({ type: 'step-ended', reason: end, ...(failure === undefined ? {} : { detail: failure }) })
  cell.endStep()
  const held = events.find((event) => event.type === 'fault-held')
  return {
    plan, end, message, ended, complete, chains: context.chains(events), firstSeq: (events[0]?.seq ?? 0),
    tookMs: nowMs() - began,
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

/** The running part of a step: everything its verbs ask for. */
class StepRun {
  readonly #context: CampaignContext
  readonly #cell: Cell
  readonly #plan: StepPlan
  readonly #message: Message
  #copies = 0

  constructor(context: CampaignContext, cell: Cell, plan: StepPlan, message: Message) {
    this.#context = context
    this.#cell = cell
    this.#plan = plan
    this.#message = message
  }

  /** Sends the message and carries out every fault's program; returns what was impossible. */
  async carryOut(victim: Incarnation | undefined): Promise<string | undefined> {
    const crossings = this.#plan.faults.map((planned) => this.#crossing(planned))
    const gated = victim === undefined ? await this.#cell.gated() : undefined
    const start = victim ?? gated
    assert(start !== undefined, 'a step has a victim')
    if (crossings[0] !== undefined) start.observer.arm(crossings[0])
    await this.#send()
    if (gated !== undefined) this.#cell.takeOver(gated)
    for (const [i, planned] of this.#plan.faults.entries()) {
      const next = crossings[i + 1]
      this.#recordArmed(planned)
      this.#cell.armNext(next)
      const stage = this.#stage(planned, crossings[i], next)
      const failure = await carryOut(stage, this.#context.means.verbs, (verb, detail) =>
        this.#record({ type: 'fault-did', fault: planned.fault.name, point: planned.point.name, verb, detail }))
      if (failure !== undefined) return this.#giveUp(failure, crossings)
    }
    return undefined
  }

  /** On the way back nothing but the operation itself is withheld: what leads to it is done again. */
  #crossing({ fault, point, known }: PlannedFault): Crossing | undefined {
    if (fault.at.unit === 'message') return undefined
    const holdsOthers = fault.at.unit === 'worlds' && point.context !== 'recovery'
    return new Crossing(this.#message.id, point, known, holdsOthers)
  }

  /** Waits until every delivery is over and the effects are complete, or the step's limit ran out. */
  async rest(): Promise<{ readonly settled: boolean; readonly complete: boolean }> {
    const settled = await this.#settled(this.#context.stepLimitMs)
    if (!settled) return { settled, complete: false }
    const complete = await awaitEffects(this.#context, this.#cell, this.#message)
    return { settled, complete }
  }

  /** Says of every fault how it ended, by its own predicate over the step without the other fault's events. */
  judgeFaults(events: readonly Event[], failure: string | undefined): FaultEnd[] {
    return this.#plan.faults.map(({ fault, point }, i) => {
      const others = this.#plan.faults.filter((_, j) => j !== i)
      const view = events.filter((event) => !('fault' in event && 'point' in event)
        || !others.some((other) => other.fault.name === event.fault && other.point.name === event.point))
      const fired = failure === undefined && fault.fired({ step: this.#plan.id, events: view })
      const end: FaultEnd = fired ? 'fired' : 'not-exercised'
      this.#record({
        type: 'fault-ended', fault: fault.name, point: point.name, end,
        detail: failure ?? (fired ? '' : 'its effect was not seen'),
      })
      return end
    })
  }

  #giveUp(failure: string, crossings: readonly (Crossing | undefined)[]): string {
    this.#cell.armNext(undefined)
    for (const crossing of crossings) crossing?.disarm()
    for (const incarnation of this.#cell.incarnations) {
      for (const connection of incarnation.connections()) if (connection.isOpen) connection.release()
    }
    return failure
  }

  async #send(): Promise<void> {
    this.#copies += 1
    const outcome = await this.#cell.send(this.#message, this.#copies)
    assert(outcome === 'ok', `the broker took the harness's own message (${outcome})`)
  }

  async #settled(limitMs: number): Promise<boolean> {
    const { ledger } = this.#cell
    return this.#cell.until(() => ledger.settlements(this.#message.id) >= this.#copies, limitMs)
  }

  #recordArmed({ fault, point }: PlannedFault): void {
    const incarnation = this.#cell.current?.id ?? 'next'
    this.#record({ type: 'fault-armed', fault: fault.name, point: point.name, incarnation })
  }

  #record(body: EventBody): void {
    this.#cell.record(body)
  }

  #stage(planned: PlannedFault, crossing: Crossing | undefined, next: Crossing | undefined): Stage {
    const cell = this.#cell
    const context = this.#context
    const copySent = async (): Promise<'ok' | 'failed' | 'indeterminate'> => {
      this.#copies += 1
      return cell.send(this.#message, this.#copies)
    }
    const victim = (): Incarnation => {
      const standing = cell.holderOf(crossing) ?? cell.current
      assert(standing !== undefined, 'there is a current incarnation')
      return standing
    }
    return {
      fault: planned.fault,
      point: planned.point,
      crossing,
      get victim(): Incarnation {
        return victim()
      },
      leaseLinks: context.leaseLinks,
      graceMs: context.suite.subject.graceMs,
      reachMs: context.reachMs,
      signal: context.signal,
      disarm: () => {
        crossing?.disarm()
        // Whoever lives on is the next fault's victim too.
        if (next !== undefined) victim().observer.arm(next)
      },
      flush: () => context.recorder.flush(),
      held: (withheld, proven) => this.#record({
        type: 'fault-held', fault: planned.fault.name, point: planned.point.name, withheld, proven,
      }),
      startSuccessor: async () => {
        await cell.succeed(false)
      },
      sendAgain: copySent,
      settled: async (withinMs) => {
        const settled = (): boolean => cell.ledger.settlements(this.#message.id) >= this.#copies
        await cell.until(() => settled() || cell.isBlocked(BLOCKED_MS), withinMs)
        return settled() ? 'settled' : cell.isBlocked(BLOCKED_MS) ? 'blocked' : 'late'
      },
    }
  }
}

/** Effects come within the learned tail, or the step goes on without them: what is missing is judged at the end. */
export async function awaitEffects(context: CampaignContext, cell: Cell, message: Message): Promise<boolean> {
  const { expected, tailMs } = context
  if (expected.size === 0) return true
  return poll(async () => {
    const seen = await cell.effects.read()
    const own = seen.filter((one) => one.message === message.id)
    if (!hasAll(expected, own)) return undefined
    for (const effect of own) cell.record({ type: 'effect-observed', reading: 'live', ...effect })
    return true
  }, { what: 'its effects', limitMs: tailMs, everyMs: 5 }).catch((error: unknown) => {
    if (error instanceof DeadlineError) return false
    throw error
  })
}
