/**
 * What a certification costs on a warm stack: the servers run already, the profiles go one after another over one
 * consumer, and each campaign learns its baseline before the sweep that is told here.
 *
 * The campaigns are those of `certify`, carried out by the same code; what they cost is read off their journals
 * (bench-steps.ts). A verdict is told and fails nothing: a benchmark is no test.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { nowMs } from '../lib/clock.ts'
import type { Progress } from '../model/run.ts'
import type { ProfileName } from '../model/suite.ts'
import type { Verdict } from '../model/verdict.ts'
import { readJournal } from '../store/journal.ts'
import { loadSuite } from '../suite/load.ts'
import { cpuBetween, readCpu, type CpuTimes } from './bench-cpu.ts'
import { sweepCost, type SweepCost } from './bench-steps.ts'
import { certifySuite } from './certify.ts'
import { openHarness } from './harness.ts'

export interface CostOptions {
  /** Suite file. */
  readonly suite: string
  readonly profiles: readonly ProfileName[]
  readonly cells: number
  /** Run folder, which is there. */
  readonly out: string
  readonly seed: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface ProfileCost extends SweepCost {
  readonly profile: ProfileName
  readonly verdict: Verdict
  /** Of the whole campaign, baseline to confirmation. */
  readonly campaignMs: number
  readonly cpu: CpuTimes
}

export interface CostResult {
  readonly suite: string
  readonly cells: number
  readonly versions: Readonly<Record<string, string>>
  /** Until every server answered. */
  readonly stackMs: number
  readonly profiles: readonly ProfileCost[]
}

/** Errors: UsageError for a suite that does not load, EnvironmentError for a stack that does not start. */
export async function runCost(options: CostOptions): Promise<CostResult> {
  const { profiles, cells, out, progress, signal } = options
  const suite = await loadSuite(options.suite)
  const began = nowMs()
  await using harness = await openHarness(out, [suite], (text) => progress.line(text), signal)
  const stackMs = nowMs() - began
  const costs: ProfileCost[] = []
  for (const [index, profile] of profiles.entries()) {
    const folder = join(out, `cost-${profile}`)
    mkdirSync(folder)
    const before = readCpu([])
    const result = await certifySuite(harness, suite, {
      suites: [suite.file], out: folder, seed: options.seed, faults: undefined, profile, budgetMs: undefined, cells,
      progress, signal, command: 'bench', index, many: false,
    })
    signal.throwIfAborted()
    const cpu = cpuBetween(before, readCpu([]))
    const history = readJournal(join(folder, result.history))
    costs.push({ profile, verdict: result.verdict, campaignMs: result.durationMs, cpu, ...sweepCost(history) })
  }
  return { suite: suite.name, cells, versions: harness.stack.versions, stackMs, profiles: costs }
}
