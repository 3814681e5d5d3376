/**
 * replay: carries out one stored finding's schedule again, n times in clean cells, and says in how many of them the
 * same anomaly was seen. The schedule repeats; with real brokers the interleaving need not.
 *
 * A schedule's points are names. They are found again by a baseline of the suite as it is now: a point that is gone
 * says so, and is never counted as "not reproduced".
 */
import { join } from 'node:path'
import { judge } from '../check/judge.ts'
import { faultNamed } from '../faults/registry.ts'
import { UsageError } from '../lib/errors.ts'
import type { Progress, ReplayResult } from '../model/run.ts'
import { exitCodes } from '../model/verdict.ts'
import { makeSchedule, recoveryPoint } from '../plan/schedule.ts'
import { openJournal } from '../store/journal.ts'
import { readRepro, type Repro } from '../store/repro.ts'
import { loadSuite } from '../suite/load.ts'
import { prepareSubject } from '../suite/subject-environment.ts'
import { runBaseline, withOrder, type Baseline } from './baseline.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { confirmAll, trialContextOf } from './confirm.ts'
import { openHarness } from './harness.ts'
import { Recorder } from './recorder.ts'
import { settle } from './settle.ts'
import { learnSuite } from './suite-facts.ts'
import { inContext, recordStart } from './suite-context.ts'
import type { PlannedFault } from './step-plan.ts'

export interface ReplayOptions {
  /** The file of a stored finding. */
  readonly file: string
  readonly times: number
  /** The run folder, which is there. */
  readonly out: string
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly command: string
}

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const repro = await readRepro(options.file)
  const suite = await loadSuite(repro.suite, repro.suiteName)
  await using harness = await openHarness(options.out, [suite], (text) => options.progress.line(text), options.signal)
  const subject = await prepareSubject(suite, process.env)
  using journal = openJournal(join(options.out, 'history.ndjson'))
  const recorder = new Recorder(journal)
  const { seed } = repro
  recordStart(recorder, harness, { seed, command: options.command })
  const trials = { recorder, subject, seed: `${seed} replay`, index: 0, signal: options.signal }
  await inContext(harness, suite, trials, (context) => replayIn(context, repro, options))
  const seen = judge(recorder.events).findings.find((finding) => finding.id === repro.id)
  const k = seen?.confirmed.k ?? 0
  return { id: repro.id, k, n: options.times, exitCode: k > 0 ? exitCodes.violated : exitCodes.inconclusive }
}

async function replayIn(context: CampaignContext, repro: Repro, options: ReplayOptions): Promise<void> {
  const cells: Cell[] = []
  const names = repro.schedule.map(({ fault }) => fault)
  learnSuite(context, repro.context === 'warm' || repro.context === 'convoy' ? 'full' : 'quick', names)
  try {
    const base = await Cell.open(context, `${context.cellPrefix}base`, false)
    cells.push(base)
    context.recorder.record('', undefined, { type: 'phase-started', phase: 'baseline' })
    const baseline = await runBaseline(context, base, repro.context === 'warm' || repro.context === 'convoy')
    options.progress.phase(context.suite.name, 'baseline', 'done')
    await settle(context, [base], () => undefined)
    const faults = repro.schedule.map((one, i) => planned(context, baseline, one, i > 0))
    const trialContext = trialContextOf(repro.context)
    await confirmAll(context, [{ finding: { id: repro.id }, context: trialContext, faults }], {
      times: options.times, cells, phase: 'confirm',
      progress: (done, all) => options.progress.step(done, all, 'replaying'),
    })
    context.recorder.record('', undefined, { type: 'run-ended', reason: 'completed' })
  } finally {
    await Promise.all(cells.map((cell) => cell[Symbol.asyncDispose]()))
  }
}

function planned(
  context: CampaignContext, baseline: Baseline, wanted: { readonly fault: string; readonly point: string },
  recovery: boolean,
): PlannedFault {
  const fault = faultNamed(wanted.fault)
  if (recovery) return { fault, point: recoveryPoint(wanted.point), known: baseline.known }
  const schedule = makeSchedule({
    faults: [fault], orders: baseline.orders, lanes: baseline.lanes, leaseLinks: context.leaseLinks, seed: 'replay',
  })
  const found = schedule.find(({ point }) => point.name === wanted.point || point.also.includes(wanted.point))
  if (found === undefined) {
    throw new UsageError(`The subject has no point "${wanted.point}" any more; its points are: `
      + `${[...new Set(schedule.map(({ point }) => point.name))].slice(0, 12).join(', ')}.`)
  }
  return withOrder(found, baseline)
}
