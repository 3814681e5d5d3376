/**
 * The sweep: every planned step once, several cells side by side, the recovery path included.
 *
 * A step that deviates, or whose fault does not fire or stood at what can't be tied to a message (untied.ts), is done
 * once more in a clean cell without spares. A cell with a message that is not complete is set aside, alive, until the
 * horizon is waited out; its lane goes on in a new one.
 */
import type { Fault } from '../model/fault.ts'
import type { Context } from '../model/point.ts'
import { causalOrder, type CausalOrder, type TracedOperation } from '../plan/points.ts'
import { recoveryPoints } from '../plan/schedule.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import type { PlannedFault, StepPlan } from './step-plan.ts'
import { runStep, type StepResult } from './step.ts'

/** Beyond so many living cells set aside, a lane waits no longer for better news and reuses none: it stops parking. */
const PARKED_MAX = 24
/** Faults at operations that a fault brought up, and at those that only these bring up in their turn; no further. */
const RECOVERY_DEPTH = 2

export interface SweepOptions {
  readonly cells: number
  /** Cells that the sweep opens are added here; they stay alive. */
  readonly opened: Cell[]
  readonly known: ReadonlySet<string>
  readonly faults: readonly Fault[]
  /** Called after each step. */
  progress(done: number, planned: number, text: string): void
  /** No step begins after this holds. */
  isOver(): boolean
}

export class Sweep {
  readonly #context: CampaignContext
  readonly #options: SweepOptions
  readonly #queue: StepPlan[] = []
  readonly #known: Set<string>
  readonly #all = new Map<string, PlannedFault>()
  #isCrowded = false
  #opened = 0
  #done = 0
  #planned = 0
  #steps = 0

  constructor(context: CampaignContext, options: SweepOptions) {
    this.#context = context
    this.#options = options
    this.#known = new Set(options.known)
  }

  /** The planned fault that a finding's schedule names. */
  plannedFor(fault: string, point: string, context: string): PlannedFault | undefined {
    return this.#all.get(`${fault} ${point} ${context}`) ?? this.#all.get(`${fault} ${point}`)
  }

  plan(faults: readonly PlannedFault[], context: Context): void {
    this.#steps += 1
    this.#planned += 1
    for (const planned of faults) {
      this.#all.set(`${planned.fault.name} ${planned.point.name} ${planned.point.context}`, planned)
      this.#all.set(`${planned.fault.name} ${planned.point.name}`, planned)
    }
    this.#queue.push({
      id: `${faults.length > 1 ? 'recovery' : 'sweep'}-${this.#steps}`, phase: faults.length > 1 ? 'recovery' : 'sweep',
      context, faults,
    })
  }

  /** A step beside the plan: what it brings up is no point of its own, and no finding is made again with it. */
  check(planned: PlannedFault): void {
    this.#steps += 1
    this.#planned += 1
    this.#queue.push({
      id: `merged-${this.#steps}`, phase: 'sweep', context: planned.point.context, faults: [planned], explores: false,
    })
  }

  async run(): Promise<void> {
    const lanes = Array.from({ length: this.#options.cells }, () => this.#lane())
    const results = await Promise.allSettled(lanes)
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #lane(): Promise<void> {
    let cell: Cell | undefined
    for (let plan = this.#queue.shift(); plan !== undefined; plan = this.#queue.shift()) {
      if (this.#options.isOver()) return
      cell ??= await this.#open(true)
      if (plan.context === 'warm') await this.#warmUp(cell)
      let result = await runStep(this.#context, cell, plan)
      if (!isSound(result)) cell = await this.#leave(cell)
      if (result.end === 'deviated' || result.ended.includes('not-exercised')) {
        cell = await this.#leave(cell)
        cell = await this.#open(false)
        if (plan.context === 'warm') await this.#warmUp(cell)
        result = await runStep(this.#context, cell, { ...plan, id: `${plan.id}-again`, alone: true })
        cell = await this.#leave(cell)
      }
      this.#followUp(result)
      this.#done += 1
      const text = plan.faults.map(({ fault, point }) => `${fault.name} ${point.name}`).join(', then ')
      this.#options.progress(this.#done, this.#planned, text)
    }
  }

  /** At least two settled messages on the incarnation before a warm one. */
  async #warmUp(cell: Cell): Promise<void> {
    const current = cell.current
    let settled = current === undefined || current.hasExited ? 0 : cell.settledBy(current.id)
    for (; settled < 2; settled += 1) {
      this.#steps += 1
      const first = settled === 0 && current === undefined
      await runStep(this.#context, cell, {
        id: `warm-up-${this.#steps}`, phase: 'sweep', context: first ? 'cold' : 'warm', faults: [],
      })
    }
  }

  async #open(spares: boolean): Promise<Cell> {
    this.#opened += 1
    const cell = await Cell.open(this.#context, `${this.#context.cellPrefix}c${this.#opened}`, spares)
    this.#options.opened.push(cell)
    return cell
  }

  /** Sets a cell aside; one where nothing is missing could be closed, but its effects are read at the end. */
  async #leave(cell: Cell | undefined): Promise<undefined> {
    await cell?.dropSpare()
    if (this.#options.opened.length > PARKED_MAX && !this.#isCrowded) {
      this.#isCrowded = true
      this.#context.doubt('many-cells', `more than ${PARKED_MAX} cells were set aside`, false)
    }
    return undefined
  }

  /**
   * New operations on the way back from a fault become points, with the schedule that brought them up. What a victim
   * does on its way out is no way back.
   */
  #followUp(result: StepResult): void {
    const { plan, end } = result
    if (plan.explores === false || plan.faults.length > RECOVERY_DEPTH) return
    if (plan.faults.some(({ fault }) => fault.explores === false)) return
    if (end === 'not-exercised' || end === 'deviated') return
    for (const chain of result.after.filter((one) => !result.victims.has(one.incarnation))) {
      // A read that nothing ties to the message is a pool's keepalive as likely as anything; among several messages,
      // the order of deliveries does not say for which of them it was.
      const fresh = chain.operations.filter((op) => !this.#known.has(op.key) && !isRound(op)
        && (op.tied || (!op.reads && plan.context !== 'convoy')))
      if (fresh.length === 0) continue
      const order = causalOrder([chain.operations])
      for (const op of fresh) this.#known.add(op.key)
      for (const fault of this.#options.faults) this.#planRecovery(result.plan, fault, fresh, order)
    }
  }

  #planRecovery(cause: StepPlan, fault: Fault, fresh: readonly TracedOperation[], order: CausalOrder): void {
    if (!fault.strikesRecovery) return
    for (const point of recoveryPoints(fault, fresh, order, this.#context.leaseLinks)) {
      const faults = [...cause.faults, { fault, point, known: this.#known }]
      this.#context.pointFound(point, [fault.name])
      this.plan(faults, cause.context)
    }
  }
}

/** The cell can go on with the next message. */
function isSound(result: StepResult): boolean {
  return result.end === 'settled' && result.complete
}

/**
 * An operation that came twice already on this way back: a loop that asks again and again is broken in its first two
 * rounds, since the third leaves the same worlds behind.
 */
function isRound({ key }: TracedOperation): boolean {
  return Number(/#(\d+)$/.exec(key)?.[1] ?? 1) > 2
}
