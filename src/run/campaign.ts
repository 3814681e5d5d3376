/**
 * A campaign: all trials of one suite, from the baseline to the judged history. Read `certify.ts` for what is around
 * it, and `step.ts` for what one message goes through.
 */
import { judge } from '../check/judge.ts'
import { compareExhaustive } from '../check/exhaustive.ts'
import { compareMerged } from '../check/merged.ts'
import { faultNamed } from '../faults/registry.ts'
import { nowMs } from '../lib/clock.ts'
import { UsageError } from '../lib/errors.ts'
import type { Phase } from '../model/event.ts'
import type { Conformance } from '../model/edges.ts'
import type { Fault } from '../model/fault.ts'
import type { Point } from '../model/point.ts'
import type { Progress } from '../model/run.ts'
import type { Finding, Judgement } from '../model/verdict.ts'
import { planMergeChecks } from '../plan/merge-check.ts'
import type { CausalOrder } from '../plan/points.ts'
import { outlasting } from '../plan/outlast.ts'
import { makeSchedule } from '../plan/schedule.ts'
import { exhaustiveLines } from '../report/exhaustive-table.ts'
import { runBaseline, withOrder, type Baseline } from './baseline.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { confirmAll, trialContextOf, type Confirmation } from './confirm.ts'
import { countLinks } from './count-links.ts'
import { runControls } from './controls.ts'
import { runExhaustive } from './exhaustive.ts'
import { scopeOf } from './scope.ts'
import { settle } from './settle.ts'
import { learnSuite } from './suite-facts.ts'
import type { PlannedFault } from './step-plan.ts'
import { Sweep } from './sweep.ts'

const EXCLUSIVE = 'the suite forbids two at once (subject.exclusive)'
const ONE_LINK = 'all that it does goes over the link that carries the claim on its messages'

export interface CampaignOptions {
  readonly profile: 'quick' | 'full'
  /** Names; undefined: those of the profile. */
  readonly faults: readonly string[] | undefined
  readonly seed: string
  readonly cells: number
  readonly budgetMs: number | undefined
  /** Kills at every raw frame boundary too, and compares. */
  readonly exhaustive?: boolean
  readonly progress: Progress
}

export async function runCampaign(context: CampaignContext, options: CampaignOptions): Promise<Judgement> {
  const cells: Cell[] = []
  const campaign = new Campaign(context, options, cells)
  try {
    await campaign.run()
    return judge(context.recorder.events)
  } finally {
    await closeAll(context, cells)
  }
}

/** What can't be cleaned up says so and takes no result with it: our servers are thrown away anyway. */
async function closeAll(context: CampaignContext, cells: readonly Cell[]): Promise<void> {
  const ends = await Promise.allSettled(cells.map((cell) => cell[Symbol.asyncDispose]()))
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
  if (failed[0] === undefined) return
  context.doubt('not-cleaned', `${failed.length} cells were not cleaned up: ${failed[0]}`, false)
}

/** By lane; of the only one where there are not several. */
function coldOrders({ orders, lanes }: Baseline): ReadonlyMap<string | undefined, CausalOrder> {
  const all = lanes.size === 0 ? [[undefined, orders] as const] : [...lanes]
  return new Map(all.flatMap(([lane, own]) => {
    const cold = own.get('cold')
    return cold === undefined ? [] : [[lane, cold] as const]
  }))
}

class Campaign {
  readonly #context: CampaignContext
  readonly #options: CampaignOptions
  readonly #cells: Cell[]
  readonly #faults: readonly Fault[]
  readonly #beganMs = nowMs()

  constructor(context: CampaignContext, options: CampaignOptions, cells: Cell[]) {
    this.#context = context
    this.#options = options
    this.#cells = cells
    this.#faults = scopeOf(context.suite, options.profile, options.faults).faults.map(faultNamed)
  }

  async run(): Promise<void> {
    const { profile, faults, exhaustive } = this.#options
    if (exhaustive === true && !this.#faults.some((fault) => fault.name === 'kill')) {
      throw new UsageError('--exhaustive compares with the kills at named points; add kill to --faults.')
    }
    learnSuite(this.#context, profile, faults)
    // Asked beside the baseline, which does not need to know.
    const conformance = this.#context.conformance()
    conformance.catch(() => undefined)
    const baseline = await this.#phase('baseline', () => this.#baseline())
    // Once more, now that the tail is known: the last one counts.
    learnSuite(this.#context, profile, faults)
    const sweep = this.#plan(baseline, this.#told(await conformance))
    this.#sayEstimate(baseline, sweep.planned)
    await this.#phase('controls', () => runControls(this.#context, coldOrders(baseline), this.#cells))
    await this.#phase('sweep', () => sweep.run())
    if (this.#options.exhaustive === true) await this.#phase('exhaustive', () => this.#exhaustive())
    await this.#phase('settle', () => this.#settle())
    this.#context.learn('merge-check', compareMerged(this.#context.recorder.events))
    if (this.#options.exhaustive === true) this.#compareExhaustive()
    await this.#phase('confirm', () => this.#confirm(sweep))
    await countLinks(this.#context, this.#cells)
    // What broke while nobody waited for anything is no less broken.
    for (const cell of this.#cells) cell.throwIfBroken()
    this.#context.learn('attribution', this.#context.attribution)
    this.#context.recorder.record('', undefined, { type: 'run-ended', reason: this.#isOver() ? 'budget' : 'completed' })
  }

  async #baseline(): Promise<Baseline> {
    const cell = await Cell.open(this.#context, `${this.#context.cellPrefix}base`, false)
    this.#cells.push(cell)
    using _watch = cell.watchEgress()
    const baseline = await runBaseline(this.#context, cell, this.#options.profile === 'full')
    const { current } = cell
    if (current !== undefined) {
      current.because ??= 'rest'
      this.#context.learn('proxied', Object.fromEntries(await current.proveProxies()))
      await cell.retire()
    }
    return baseline
  }

  /** The sweep's schedule, fixed before its first connection. */
  #plan(baseline: Baseline, broken: readonly Conformance[]): Sweep & { planned: number } {
    const context = this.#context
    const faults = this.#applicable(baseline, broken)
    const schedule = makeSchedule({
      faults, orders: baseline.orders, lanes: baseline.lanes, leaseLinks: context.leaseLinks, seed: this.#options.seed,
    })
    const rows = new Map<string, { point: Point; faults: string[] }>()
    for (const { fault, point } of schedule) {
      const row = rows.get(`${point.context} ${point.name}`) ?? { point, faults: [] }
      row.faults.push(fault.name)
      // The longest list of names is a dead process's world.
      if (point.also.length > row.point.also.length) row.point = point
      rows.set(`${point.context} ${point.name}`, row)
    }
    for (const { point, faults } of rows.values()) context.pointFound(point, faults)
    const sweep = new Sweep(context, {
      cells: this.#options.cells, opened: this.#cells, known: baseline.known, faults,
      progress: (done, planned, text) => this.#options.progress.step(done, planned, text),
      isOver: () => this.#isOver(),
    })
    for (const planned of schedule) sweep.plan([withOrder(planned, baseline)], planned.point.context)
    const checks = planMergeChecks(schedule, this.#options.seed)
    for (const planned of checks) sweep.check(withOrder(planned, baseline))
    return Object.assign(sweep, { planned: schedule.length + checks.length })
  }

  /** Those that can happen to this subject; why the others can't is written down. */
  #applicable(baseline: Baseline, broken: readonly Conformance[]): readonly Fault[] {
    const { lacks, suite } = this.#context
    const orders = [baseline.orders, ...baseline.lanes.values()].flatMap((own) => [...own.values()])
    const errors = orders.some((order) => order.operations.some((op) => op.errors !== undefined))
    if (!errors) lacks.set('errors', 'no operation of the subject can be refused')
    const window = outlasting(suite.contract.dedupWindowMs)
    if ('tooLong' in window) lacks.set('short-window', window.tooLong)
    const everywhere = orders.flatMap((order) => order.operations)
      .every(({ link }) => this.#context.leaseLinks.has(link))
    const leftOut = this.#faults.flatMap((fault) => {
      const reason = this.#reasonAgainst(fault, everywhere, broken)
      return reason === undefined ? [] : [{ fault: fault.name, ...reason }]
    })
    this.#context.learn('left-out', leftOut)
    return this.#faults.filter((fault) => !leftOut.some((one) => one.fault === fault.name))
  }

  /** Why it is not planned; `oneLink`: every operation is on a link that carries the lease. */
  #reasonAgainst(
    fault: Fault, oneLink: boolean, broken: readonly Conformance[],
  ): { readonly why: string; readonly by: 'suite' | 'subject' } | undefined {
    const { lacks, suite } = this.#context
    if (fault.overlaps && suite.subject.exclusive) return { why: EXCLUSIVE, by: 'suite' }
    if (fault.at.links === 'not-lease' && oneLink) return { why: ONE_LINK, by: 'subject' }
    const tainting = broken.find(({ taints }) => taints.includes(fault.name))
    if (tainting !== undefined) {
      return { why: `the server is a stand-in that breaks a rule: ${tainting.detail}`, by: 'suite' }
    }
    const why = fault.needs === undefined ? undefined : lacks.get(fault.needs)
    if (why === undefined) return undefined
    return { why, by: fault.needs === 'next-version' || fault.needs === 'short-window' ? 'suite' : 'subject' }
  }

  /** Rules of a service that its stand-in breaks, which the report says. */
  #told(rules: readonly Conformance[]): readonly Conformance[] {
    const broken = rules.filter(({ conforms }) => !conforms)
    if (rules.length > 0) this.#context.learn('conformance', { rules: rules.length, broken })
    if (broken.length > 0) {
      this.#context.doubt('stand-in', `the service is played by a stand-in that breaks ${broken.length} of `
        + `${rules.length} rules that were asked: ${broken.map(({ rule }) => rule).join(', ')}`, false)
    }
    return broken
  }

  #sayEstimate(baseline: Baseline, planned: number): void {
    const seconds = planned * (baseline.stepMs + 2 * baseline.startMs) / 1000 / this.#options.cells
    this.#options.progress.line(
      `${this.#context.suite.name}: ${planned} steps planned, about ${Math.max(1, Math.round(seconds))} s`,
    )
  }

  async #exhaustive(): Promise<void> {
    await runExhaustive(this.#context, {
      cells: this.#cells, isOver: () => this.#isOver(),
      progress: (done, planned, text) => this.#options.progress.step(done, planned, text),
    })
  }

  #compareExhaustive(): void {
    const { raw, named, ...found } = compareExhaustive(this.#context.recorder.events)
    this.#context.learn('exhaustive', found)
    for (const line of exhaustiveLines(this.#context.suite.name, { ...found, raw, named })) {
      this.#options.progress.line(line)
    }
  }

  async #settle(): Promise<void> {
    await settle(this.#context, this.#cells, (text) => this.#options.progress.line(text))
  }

  async #confirm(sweep: Sweep): Promise<void> {
    const { findings } = judge(this.#context.recorder.events)
    const wanted = findings.map((finding) => this.#confirmation(finding, sweep))
    if (wanted.length === 0) return
    await confirmAll(this.#context, wanted, {
      cells: this.#cells, phase: 'confirm',
      progress: (done, planned) => this.#options.progress.step(done, planned, 'confirming'),
    })
  }

  #confirmation(finding: Finding, sweep: Sweep): Confirmation {
    const faults = finding.schedule.flatMap(({ fault, point }): PlannedFault[] => {
      const planned = sweep.plannedFor(fault, point, finding.context)
      return planned === undefined ? [] : [planned]
    })
    return { finding, context: trialContextOf(finding.context), faults }
  }

  async #phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const began = nowMs()
    this.#context.recorder.record('', undefined, { type: 'phase-started', phase })
    const result = await work()
    this.#context.recorder.record('', undefined, { type: 'phase-ended', phase })
    this.#options.progress.phase(this.#context.suite.name, phase, `${((nowMs() - began) / 1000).toFixed(1)} s`)
    return result
  }

  #isOver(): boolean {
    this.#context.signal.throwIfAborted()
    const { budgetMs } = this.#options
    return budgetMs !== undefined && nowMs() - this.#beganMs > budgetMs
  }
}
