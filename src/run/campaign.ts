/**
 * A campaign: all trials of one suite, from the baseline to the judged history. Read `certify.ts` for what is around
 * it, and `step.ts` for what one message goes through.
 */
import { judge } from '../check/judge.ts'
import { compareExhaustive } from '../check/exhaustive.ts'
import { compareMerged } from '../check/merged.ts'
import { faultNamed, profileFaults } from '../faults/registry.ts'
import { nowMs } from '../lib/clock.ts'
import { UsageError } from '../lib/errors.ts'
import type { Phase } from '../model/event.ts'
import type { Fault } from '../model/fault.ts'
import type { Point } from '../model/point.ts'
import type { Progress } from '../model/run.ts'
import type { Finding, Judgement } from '../model/verdict.ts'
import { planMergeChecks } from '../plan/merge-check.ts'
import { makeSchedule } from '../plan/schedule.ts'
import { exhaustiveLines } from '../report/exhaustive-table.ts'
import { runBaseline, type Baseline } from './baseline.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { confirmAll, type Confirmation } from './confirm.ts'
import { countLinks } from './count-links.ts'
import { runControls } from './controls.ts'
import { runExhaustive } from './exhaustive.ts'
import { settle } from './settle.ts'
import type { PlannedFault } from './step.ts'
import { Sweep } from './sweep.ts'

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
    const names = options.faults ?? context.suite.faults ?? profileFaults[options.profile]
    this.#faults = names.map(faultNamed).filter((fault) => !(fault.overlaps && context.suite.subject.exclusive))
  }

  async run(): Promise<void> {
    const { profile, faults, exhaustive } = this.#options
    if (exhaustive === true && !this.#faults.some((fault) => fault.name === 'kill')) {
      throw new UsageError('--exhaustive compares with the kills at named points; add kill to --faults.')
    }
    learnSuite(this.#context, profile, this.#faults.map((fault) => fault.name), faults !== undefined)
    const baseline = await this.#phase('baseline', () => this.#baseline())
    // Once more, now that the tail is known: the last one counts.
    learnSuite(this.#context, profile, this.#faults.map((fault) => fault.name), faults !== undefined)
    const sweep = this.#plan(baseline)
    this.#sayEstimate(baseline, sweep.planned)
    const cold = baseline.orders.get('cold')
    if (cold !== undefined) {
      await this.#phase('controls', () => runControls(this.#context, cold, this.#cells))
    }
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
  #plan(baseline: Baseline): Sweep & { planned: number } {
    const context = this.#context
    const schedule = makeSchedule({
      faults: this.#faults, orders: baseline.orders, leaseLinks: context.leaseLinks, seed: this.#options.seed,
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
      cells: this.#options.cells, opened: this.#cells, known: baseline.known, faults: this.#faults,
      progress: (done, planned, text) => this.#options.progress.step(done, planned, text),
      isOver: () => this.#isOver(),
    })
    for (const { fault, point } of schedule) sweep.plan([{ fault, point, known: baseline.known }], point.context)
    const checks = planMergeChecks(schedule, this.#options.seed)
    for (const { fault, point } of checks) sweep.check({ fault, point, known: baseline.known })
    return Object.assign(sweep, { planned: schedule.length + checks.length })
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
    const context = finding.context === 'start' || finding.context === 'warm' ? finding.context : 'cold'
    return { finding, context, faults }
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

/** What checkers must know of the suite and of what was asked for. */
export function learnSuite(
  context: CampaignContext, profile: 'quick' | 'full', faults: readonly string[], partial = false,
): void {
  const { suite } = context
  const declared = Object.entries(suite.effects).map(([name, source]) => ({
    name, kind: source.kind, declared: true, expectation: suite.expect[name] ?? 'once',
  }))
  const found = context.isDifferential ? [...context.expected.keys()].map((name) => ({
    name, kind: 'rows', declared: false, expectation: 'once' as const,
  })) : []
  const { producerDuplicates } = suite.contract
  context.learn('suite', {
    name: suite.name, effects: [...declared, ...found], profile,
    contract: producerDuplicates === undefined ? {} : { producerDuplicates },
    deadLetter: suite.deadLetter, reject: suite.reject, horizonMs: context.horizonMs, tailMs: context.tailMs,
    settlement: suite.settlement,
  })
  context.learn('scope', {
    faults, partial, contexts: ['start', 'cold', ...profile === 'full' ? ['warm'] : [], 'recovery'],
  })
}
