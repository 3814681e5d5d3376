/**
 * `npm run zoo`: certifies every consumer of the zoo and holds the verdicts against what was expected before any run.
 *
 * `missed`: a broken consumer whose named anomaly was not found at a named point. `accused`: a right one, or a mended
 * twin, that is not certified. Both must be empty; the exit code is 0 only then. Findings beyond the expected ones are
 * printed, because either the expectation or the finding is wrong.
 *
 * `--exhaustive` judges nothing of that: it kills at every raw frame boundary and at every named point, and holds the
 * two against each other; a disagreement is exit code 1.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Command } from 'commander'
import { compareExhaustive } from '../check/exhaustive.ts'
import { nowMs, wallTime } from '../lib/clock.ts'
import { packageFolder } from '../lib/package-info.ts'
import type { Progress, SuiteResult } from '../model/run.ts'
import type { Suite } from '../model/suite.ts'
import { worst, type Finding } from '../model/verdict.ts'
import { isExpected, missingOf, parseExpected, type Expected } from '../report/expected.ts'
import { openTerminal } from '../report/terminal.ts'
import { terminalProgress } from '../report/terminal-progress.ts'
import { certifySuite, exitCodeOf } from '../run/certify.ts'
import { firstFindingSeconds } from '../run/first-finding.ts'
import { openHarness, type Harness } from '../run/harness.ts'
import { readJournal } from '../store/journal.ts'
import { createRunFolder } from '../store/run-folder.ts'
import { writeRunResult } from '../store/run-result.ts'
import { loadSuite } from '../suite/load.ts'
import { parseBudget, parseCount } from './arguments.ts'
import { newSeed, REPORTS } from './certify-command.ts'
import { failureOf } from './failure.ts'
import { interruption } from './interruption.ts'
import { agrees, exhaustiveLine, exhaustiveRow, exhaustiveSum, type ExhaustiveRow } from './zoo-exhaustive.ts'
import { sliceOf, type ZooFolder } from './zoo-slice.ts'

const zoo = join(packageFolder, 'suites', 'zoo')
/** After so long a slice begins no further pair; with the last one, and the start of the servers, ten minutes. */
const SLICE_MS = 8 * 60_000

interface Row {
  readonly name: string
  readonly broker: string
  readonly anomaly: string
  readonly verdict: string
  readonly expected: string
  /** To the first finding in a broken one; the whole campaign otherwise. */
  readonly seconds: number
}

interface Options {
  readonly only: string
  readonly times: number
  readonly json?: true
  readonly slice?: true
  readonly exhaustive?: true
  readonly budget?: number
  readonly cells: number
}

/** What is done with the stack, in this order; a folder's suites all or none. */
interface Plan {
  readonly folders: readonly { readonly name: string; readonly suites: readonly Suite[] }[]
  /** So many of them are not left out, however long they take. */
  readonly first: number
  readonly budgetMs: number
}

interface Round {
  readonly options: Options
  readonly tally: Tally
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

interface Tally {
  readonly rows: Row[]
  readonly missed: string[]
  readonly accused: string[]
  readonly beyond: string[]
  readonly compared: ExhaustiveRow[]
  readonly leftOut: string[]
}

async function main(): Promise<number> {
  const program = new Command('zoo')
    .option('--only <text>', 'suites whose name contains this, or one of several with commas between', '')
    .option('--times <n>', 'so many times in a row', parseCount, 1)
    .option('--json', 'one object on stdout, progress on stderr')
    .option('--slice', 'a pair of every family and what else there is time for, rotating by commit, for CI')
    .option('--budget <time>', 'begin no further folder after so long (8m for a slice)', parseBudget)
    .option('--exhaustive', 'kill at every raw frame boundary and at every named point, and compare')
    .option('--cells <n>', 'cells side by side', parseCount, 2)
  const options = program.parse().opts<Options>()
  using stop = interruption(process)
  const say = (text: string): void => {
    const stream = options.json === true ? process.stderr : process.stdout
    stream.write(`${text}\n`)
  }
  try {
    const tally: Tally = { rows: [], missed: [], accused: [], beyond: [], compared: [], leftOut: [] }
    for (let time = 1; time <= options.times; time += 1) {
      say(`zoo, round ${time} of ${options.times}, ${wallTime()}`)
      await round({ options, tally, signal: stop.signal, say })
    }
    finish(options, tally, say)
    return tally.missed.length + tally.accused.length === 0 && tally.compared.every(agrees) ? 0 : 1
  } catch (error) {
    const failure = failureOf(stop.signal.aborted ? stop.signal.reason : error, process.env)
    process.stderr.write(`${failure.text}\n`)
    return failure.exitCode
  }
}

async function round(run: Round): Promise<void> {
  const { options, tally, signal, say } = run
  const plan = await planOf(options, say)
  const [seed, startedAt, began] = [newSeed(), wallTime(), nowMs()]
  const folder = createRunFolder({ reports: REPORTS, out: undefined, seed, startedAt })
  const command = `npm run zoo -- ${process.argv.slice(2).join(' ')}`.trim()
  const results: SuiteResult[] = []
  using progress = terminalProgress(openTerminal(process.stderr, process.env))
  const all = plan.folders.flatMap(({ suites }) => suites)
  await using harness = await openHarness(folder, all, (text) => progress.line(text), signal)
  const certifier = new Certifier(harness, { folder, seed, command, cells: options.cells, progress, signal })
  const late: string[] = []
  for (const [i, { name, suites }] of plan.folders.entries()) {
    if (i >= plan.first && nowMs() - began > plan.budgetMs) {
      late.push(name)
      continue
    }
    for (const suite of suites) {
      if (signal.aborted) break
      const result = await certifier.certify(suite, all.indexOf(suite), options.exhaustive === true)
      results.push(result)
      if (!signal.aborted) await enterAndSay(run, { result, brokers: brokersOf(suite) }, folder)
    }
  }
  if (late.length > 0) say(`left out after ${Math.round(plan.budgetMs / 1000)} s: ${late.join(', ')}`)
  tally.leftOut.push(...late)
  await writeRunResult({
    folder, suites: results, verdict: worst(results.map((result) => result.verdict)), exitCode: exitCodeOf(results),
    seed, command, startedAt, durationMs: nowMs() - began,
    end: signal.aborted ? 'interrupted' : late.length > 0 ? 'budget' : 'completed',
  })
  signal.throwIfAborted()
}

interface CertifierParts {
  readonly folder: string
  readonly seed: string
  readonly command: string
  readonly cells: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** One suite after another on one stack. */
class Certifier {
  readonly #harness: Harness
  readonly #parts: CertifierParts

  constructor(harness: Harness, parts: CertifierParts) {
    this.#harness = harness
    this.#parts = parts
  }

  /** Exhaustive: kills alone, of cold subjects, since it is they that are compared. */
  async certify(suite: Suite, index: number, exhaustive: boolean): Promise<SuiteResult> {
    const { folder, ...parts } = this.#parts
    return await certifySuite(this.#harness, suite, {
      ...parts, suites: [suite.file], out: folder, budgetMs: undefined, index, many: true,
      ...exhaustive ? { faults: ['kill'], profile: 'quick', exhaustive } : { faults: undefined, profile: undefined },
    })
  }
}

/** What a suite showed, and the kinds of its sources. */
interface Shown {
  readonly result: SuiteResult
  readonly brokers: string
}

async function enterAndSay({ options, tally, say }: Round, shown: Shown, folder: string): Promise<void> {
  if (options.exhaustive !== true) {
    say(line(await enter(shown, folder, tally)))
    return
  }
  const { result } = shown
  const row = exhaustiveRow(result, compareExhaustive(readJournal(join(folder, result.history))))
  tally.compared.push(row)
  say(exhaustiveLine(row))
}

/** The folders that the options ask for, loaded. */
async function planOf(options: Options, say: (text: string) => void): Promise<Plan> {
  const wanted = options.only.split(',')
  const all = globSync('*/*/*.suite.ts', { cwd: zoo }).sort()
  const files = Map.groupBy(all.filter((file) => wanted.some((text) => file.includes(text))), dirname)
  const folders: ZooFolder[] = []
  for (const [name, own] of files) {
    const broken = own.find((file) => file.endsWith('broken.suite.ts'))
    const expected = broken === undefined ? [] : await expectedOf(join(zoo, broken))
    folders.push({ name, faults: expected.map(({ fault }) => fault) })
  }
  const isSlice = options.slice === true
  const turn = Number.parseInt(commit().slice(0, 6), 16)
  const { first, rest, missing } = isSlice ? sliceOf(folders, turn) : { first: [], rest: folders, missing: [] }
  for (const family of missing) say(`no folder shows this family: ${family}`)
  const chosen: { name: string; suites: Suite[] }[] = []
  for (const { name } of [...first, ...rest]) {
    const suites: Suite[] = []
    for (const file of files.get(name) ?? []) suites.push(await loadSuite(join(zoo, file)))
    chosen.push({ name, suites: options.exhaustive === true ? suites.filter(isKilled) : suites })
  }
  return {
    folders: chosen, first: first.length, budgetMs: options.budget ?? (isSlice ? SLICE_MS : Number.POSITIVE_INFINITY),
  }
}

function brokersOf({ sources }: Suite): string {
  return [...new Set(Object.values(sources).map(({ kind }) => kind))].join(', ')
}

function isKilled({ faults }: Suite): boolean {
  return faults === undefined || faults.includes('kill')
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: packageFolder, encoding: 'utf8' }).trim()
  } catch {
    // No checkout: the slice of a package is always the same.
    return '000000'
  }
}

async function enter({ result: suite, brokers }: Shown, folder: string, tally: Tally): Promise<Row> {
  const isBroken = suite.file.endsWith('broken.suite.ts')
  const expected = isBroken ? await expectedOf(suite.file) : []
  const { findings } = suite.judgement
  if (isBroken) {
    tally.missed.push(...missingOf(expected, findings).map(({ anomaly, fault, point }) =>
      `${suite.name}: ${anomaly} for ${fault} at ${point}`))
    tally.beyond.push(...findings.filter((finding) => !isExpected(finding, expected)).map((finding) =>
      `${suite.name}: ${told(finding)} (${finding.confirmed.k}/${finding.confirmed.n})`))
  } else if (suite.verdict !== 'certified') {
    const why = [suite.failure, ...findings.map(told),
      ...suite.judgement.doubts.filter((one) => one.blocking).map((one) => `${one.code}: ${one.detail}`)]
    tally.accused.push(`${suite.name} is ${suite.verdict}: ${why.filter((one) => one !== undefined).join('; ')}`)
  }
  const first = isBroken ? firstFindingSeconds(join(folder, suite.history), findings) : undefined
  const row = {
    name: suite.name, broker: brokers, anomaly: relative(zoo, suite.file).split('/')[0] ?? '',
    verdict: suite.verdict, expected: isBroken ? 'violated' : 'certified',
    seconds: Math.round(first ?? suite.durationMs / 1000),
  }
  tally.rows.push(row)
  return row
}

function told(finding: Finding): string {
  return `${finding.anomaly} ${finding.effect} for ${finding.fault} at ${finding.point}`
}

async function expectedOf(file: string): Promise<Expected> {
  const path = join(dirname(file), 'expected.json')
  return existsSync(path) ? parseExpected(await readFile(path, 'utf8'), path) : []
}

function line(row: Row): string {
  const mark = row.verdict === row.expected ? 'ok' : 'WRONG'
  return `${mark.padEnd(6)}${row.verdict.padEnd(13)}${`${row.seconds} s`.padStart(6)}  ${row.name}`
}

function finish(options: Options, tally: Tally, say: (text: string) => void): void {
  if (options.exhaustive === true) {
    for (const text of exhaustiveSum(tally.compared)) say(text)
    if (options.json === true) process.stdout.write(`${JSON.stringify({ compared: tally.compared }, undefined, 2)}\n`)
    return
  }
  const found = tally.rows.filter((row) => row.expected === 'violated' && row.verdict === 'violated').length
  const broken = tally.rows.filter((row) => row.expected === 'violated').length
  for (const text of tally.beyond) say(`beyond what was expected: ${text}`)
  for (const text of tally.missed) say(`missed: ${text}`)
  for (const text of tally.accused) say(`accused: ${text}`)
  say(`found ${found} of ${broken} broken consumers, ${tally.missed.length} points missed, `
    + `${tally.accused.length} of ${tally.rows.length - broken} right ones accused`)
  if (options.json !== true) return
  const { rows: cells, missed, accused, leftOut } = tally
  const whole = leftOut.length === 0 ? {} : { leftOut }
  process.stdout.write(`${JSON.stringify({ cells, missed, accused, ...whole }, undefined, 2)}\n`)
}

process.exit(await main())

