/**
 * certify: runs the campaigns of one or more suites on one stack, and says what came of them.
 *
 * Every suite is loaded before anything starts, so that a typing error costs nothing. A suite that can't be run does
 * not take the others' results with it: its reason stands in its result, and a violation is never masked.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { nowMs, wallTime } from '../lib/clock.ts'
import { HarnessError } from '../lib/errors.ts'
import type { Progress, RunResult, SuiteResult } from '../model/run.ts'
import type { ProfileName, Suite } from '../model/suite.ts'
import { exitCodes, worst, type Judgement, type Verdict } from '../model/verdict.ts'
import { judge } from '../check/judge.ts'
import { claimOf } from '../report/claim.ts'
import { suiteFolder } from '../store/run-folder.ts'
import { openJournal } from '../store/journal.ts'
import { createMask, defaultMaskMode } from '../store/mask.ts'
import { writeRepros } from '../store/repro.ts'
import { KNOWN_SUITE, toSuiteFacts } from '../store/run-result.ts'
import { identifySubject } from '../suite/hash.ts'
import { loadSuites } from '../suite/load.ts'
import { prepareSubject, type SubjectCommand } from '../suite/subject-environment.ts'
import { runCampaign } from './campaign.ts'
import { openHarness, type Harness } from './harness.ts'
import type { Means } from './means.ts'
import { Recorder } from './recorder.ts'
import { scopeOf } from './scope.ts'
import { contractFacts } from './suite-facts.ts'
import { inContext, recordStart } from './suite-context.ts'

export interface CertifyOptions {
  /** Paths of suites. */
  readonly suites: readonly string[]
  /** The run folder, which is there. */
  readonly out: string
  readonly seed: string
  readonly faults: readonly string[] | undefined
  readonly profile: ProfileName | undefined
  readonly budgetMs: number | undefined
  /** Cells that work side by side. */
  readonly cells: number
  /** Kills at every raw frame boundary too, and compares with the named points. */
  readonly exhaustive?: boolean
  readonly progress: Progress
  readonly signal: AbortSignal
  /** The command line, as typed. */
  readonly command: string
  /** Called with each suite's result as soon as there is one. */
  onSuite?(result: SuiteResult): Promise<void>
}

/** Errors: UsageError for a suite that does not load, EnvironmentError for a stack that does not start. */
export async function certify(options: CertifyOptions): Promise<RunResult> {
  const began = nowMs()
  const startedAt = wallTime()
  const suites: Suite[] = []
  for (const path of options.suites) suites.push(...await loadSuites(path))
  const results: SuiteResult[] = []
  const { signal } = options
  await using harness = await openHarness(options.out, suites, (text) => options.progress.line(text), signal)
  for (const [i, suite] of suites.entries()) {
    if (signal.aborted) break
    const result = await certifySuite(harness, suite, { ...options, index: i, many: suites.length > 1 })
    results.push(result)
    await options.onSuite?.(result)
  }
  const verdict = worst([...results.map((result) => result.verdict), ...signal.aborted ? [cutShort] : []])
  return {
    folder: options.out, suites: results, verdict,
    exitCode: signal.aborted ? exitCodes.interrupted : exitCodeOf(results),
    seed: options.seed, command: options.command, startedAt, durationMs: nowMs() - began,
    end: signal.aborted ? 'interrupted' : 'completed',
  }
}

/** Of what an interrupted run did not come to. */
const cutShort: Verdict = 'inconclusive'

/** One suite on a stack that runs already. */
export async function certifySuite(harness: Harness, suite: Suite, options: SuiteOptions): Promise<SuiteResult> {
  return await new SuiteRun(harness, suite, options).result()
}

/** A violation is never masked; then what could not run, then what is not known. */
export function exitCodeOf(results: readonly SuiteResult[]): number {
  if (results.some((result) => result.verdict === 'violated')) return exitCodes.violated
  if (results.some((result) => result.failure !== undefined)) return exitCodes.unable
  return exitCodes[worst(results.map((result) => result.verdict))]
}

export interface SuiteOptions extends CertifyOptions {
  readonly index: number
  readonly many: boolean
  readonly means?: Means
}

/** One suite of a run: its journal, its campaign, its result. */
class SuiteRun {
  readonly #harness: Harness
  readonly #suite: Suite
  readonly #options: SuiteOptions
  readonly #beganMs = nowMs()
  readonly #folder: string

  constructor(harness: Harness, suite: Suite, options: SuiteOptions) {
    this.#harness = harness
    this.#suite = suite
    this.#options = options
    this.#folder = options.many ? suiteFolder(options.out, suite.name) : options.out
  }

  async result(): Promise<SuiteResult> {
    try {
      return await this.#judged()
    } catch (error) {
      if (!(error instanceof HarnessError) || error.code === 'INVARIANT' || this.#options.signal.aborted) throw error
      const about = { ...await this.#about(nothingJudged), subject: undefined, failure: error.message }
      return { ...about, claim: claimOf(about) }
    }
  }

  async #judged(): Promise<SuiteResult> {
    const suite = this.#suite
    const command = await prepareSubject(suite, process.env)
    const { interpreter, ...identity } = await identifySubject(suite)
    await mkdir(this.#folder, { recursive: true })
    const mask = createMask(defaultMaskMode(process.env))
    using journal = openJournal(join(this.#folder, 'history.ndjson'), mask)
    const recorder = new Recorder(journal)
    recordStart(recorder, this.#harness, this.#options)
    const subject = {
      ...identity, command: command.command,
      interpreter: {
        path: interpreter.path, ...interpreter.version === undefined ? {} : { version: interpreter.version },
      },
    }
    const value = toSuiteFacts({ ...await this.#about(nothingJudged), subject })
    recorder.record('', undefined, { type: 'learned', what: KNOWN_SUITE, value })
    journal.flush()
    const failure = await this.#campaign(recorder, command)
    journal.flush()
    // What is judged is what is stored: so a report says no more than its journal, and a recheck says the same.
    const judgement = judge(recorder.events.map((event) => mask.event(event)))
    const about = { ...await this.#about(judgement), subject }
    const whole = { ...about, ...failure === undefined ? {} : { failure } }
    const result = { ...whole, claim: claimOf(whole) }
    await writeRepros(this.#folder, result, this.#options.seed)
    return result
  }

  /** What is recorded by then is judged, whatever ended the campaign; returns why it could not go on. */
  async #campaign(recorder: Recorder, subject: SubjectCommand): Promise<string | undefined> {
    const { signal } = this.#options
    try {
      await inContext(this.#harness, this.#suite, { ...this.#options, recorder, subject }, (context) =>
        runCampaign(context, { ...this.#options, profile: this.#profile }))
      return undefined
    } catch (error) {
      if (!signal.aborted && (!(error instanceof HarnessError) || error.code === 'INVARIANT')) throw error
      recorder.record('', undefined, { type: 'run-ended', reason: signal.aborted ? 'interrupted' : 'error' })
      return signal.aborted ? undefined : error instanceof Error ? error.message : String(error)
    }
  }

  get #profile(): ProfileName {
    return this.#options.profile ?? this.#suite.profile
  }

  async #about(judgement: Judgement): Promise<Omit<SuiteResult, 'claim' | 'subject'>> {
    const suite = this.#suite
    return {
      name: suite.name, file: suite.file, profile: this.#profile, verdict: judgement.verdict, judgement,
      scope: scopeOf(suite, this.#profile, this.#options.faults),
      contract: contractFacts(suite.contract),
      notDecoded: Object.entries(suite.dependencies).filter(([, one]) => one.kind === OPAQUE).map(([name]) => name),
      suiteHash: createHash('sha256').update(await readFile(suite.file)).digest('hex'),
      versions: this.#harness.stack.versions,
      history: join(relative(this.#options.out, this.#folder), 'history.ndjson'),
      durationMs: nowMs() - this.#beganMs,
    }
  }
}

/** The kind of a link without a decoder. */
const OPAQUE = 'tcp'

const nothingJudged: Judgement = {
  verdict: 'inconclusive', points: { k: 0, K: 0 }, faults: { fired: 0, planned: 0, notApplicable: 0 }, grid: [],
  leftOut: [], messages: { sent: 0, complete: 0, deliveries: 0, redeliveries: 0 }, findings: [], observations: [],
  doubts: [], controls: [],
}
