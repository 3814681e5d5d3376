/**
 * `npm run zoo`: certifies every consumer of the zoo and holds the verdicts against what was expected before any run.
 *
 * `missed`: a broken consumer whose named anomaly was not found at a named point. `accused`: a right one, or a mended
 * twin, that is not certified. Both must be empty; the exit code is 0 only then. Findings beyond the expected ones are
 * printed, because either the expectation or the finding is wrong.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Command } from 'commander'
import { wallTime } from '../lib/clock.ts'
import { packageFolder } from '../lib/package-info.ts'
import type { SuiteResult } from '../model/run.ts'
import type { Finding } from '../model/verdict.ts'
import { isExpected, missingOf, parseExpected, type Expected } from '../report/expected.ts'
import { openTerminal } from '../report/terminal.ts'
import { terminalProgress } from '../report/terminal-progress.ts'
import { certify } from '../run/certify.ts'
import { firstFindingSeconds } from '../run/first-finding.ts'
import { createRunFolder } from '../store/run-folder.ts'
import { writeRunResult } from '../store/run-result.ts'
import { parseCount } from './arguments.ts'
import { newSeed, REPORTS } from './certify-command.ts'
import { failureOf } from './failure.ts'
import { interruption } from './interruption.ts'

const zoo = join(packageFolder, 'suites', 'zoo')
/** Pairs that every slice holds: one per mechanism that nothing else shows. */
const SLICE = 3

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
  readonly cells: number
}

interface Tally {
  readonly rows: Row[]
  readonly missed: string[]
  readonly accused: string[]
  readonly beyond: string[]
}

async function main(): Promise<number> {
  const program = new Command('zoo')
    .option('--only <text>', 'suites whose name contains this', '')
    .option('--times <n>', 'so many times in a row', parseCount, 1)
    .option('--json', 'one object on stdout, progress on stderr')
    .option('--slice', 'some pairs and right ones, rotating by commit, for CI')
    .option('--cells <n>', 'cells side by side', parseCount, 2)
  const options = program.parse().opts<Options>()
  using stop = interruption(process)
  const say = (text: string): void => {
    const stream = options.json === true ? process.stderr : process.stdout
    stream.write(`${text}\n`)
  }
  try {
    const tally: Tally = { rows: [], missed: [], accused: [], beyond: [] }
    for (let time = 1; time <= options.times; time += 1) {
      say(`zoo, round ${time} of ${options.times}, ${wallTime()}`)
      await round(options, tally, stop.signal, say)
    }
    finish(options, tally, say)
    return tally.missed.length + tally.accused.length === 0 ? 0 : 1
  } catch (error) {
    const failure = failureOf(stop.signal.aborted ? stop.signal.reason : error, process.env)
    process.stderr.write(`${failure.text}\n`)
    return failure.exitCode
  }
}

async function round(options: Options, tally: Tally, signal: AbortSignal, say: (text: string) => void): Promise<void> {
  const suites = chosen(options)
  const seed = newSeed()
  const folder = createRunFolder({ reports: REPORTS, out: undefined, seed, startedAt: wallTime() })
  using progress = terminalProgress(openTerminal(process.stderr, process.env))
  const result = await certify({
    suites, out: folder, seed, faults: undefined, profile: undefined, budgetMs: undefined, cells: options.cells,
    progress, signal, command: `npm run zoo -- ${process.argv.slice(2).join(' ')}`.trim(),
    onSuite: async (suite) => say(line(await enter(suite, join(folder), tally))),
  })
  await writeRunResult(result)
}

/** Files of suites, in order. */
function chosen(options: Options): string[] {
  const all = globSync('*/*/*.suite.ts', { cwd: zoo }).sort().filter((file) => file.includes(options.only))
  if (options.slice !== true) return all.map((file) => join(zoo, file))
  const folders = [...new Set(all.map((file) => dirname(file)))]
  const pairs = folders.filter((folder) => !folder.startsWith('correct/'))
  const right = folders.filter((folder) => folder.startsWith('correct/'))
  const turn = Number.parseInt(commit().slice(0, 6), 16)
  const taken = new Set([...rotated(pairs, turn, SLICE), ...rotated(right, turn, 1)])
  return all.filter((file) => taken.has(dirname(file))).map((file) => join(zoo, file))
}

function rotated(names: readonly string[], turn: number, count: number): string[] {
  return names.map((_, i) => names[(turn + i) % names.length] ?? '').slice(0, count)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: packageFolder, encoding: 'utf8' }).trim()
  } catch {
    // No checkout: the slice of a package is always the same.
    return '000000'
  }
}

async function enter(suite: SuiteResult, folder: string, tally: Tally): Promise<Row> {
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
    name: suite.name, broker: 'rabbitmq', anomaly: relative(zoo, suite.file).split('/')[0] ?? '',
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
  const found = tally.rows.filter((row) => row.expected === 'violated' && row.verdict === 'violated').length
  const broken = tally.rows.filter((row) => row.expected === 'violated').length
  for (const text of tally.beyond) say(`beyond what was expected: ${text}`)
  for (const text of tally.missed) say(`missed: ${text}`)
  for (const text of tally.accused) say(`accused: ${text}`)
  say(`found ${found} of ${broken} broken consumers, ${tally.missed.length} points missed, `
    + `${tally.accused.length} of ${tally.rows.length - broken} right ones accused`)
  if (options.json !== true) return
  const { rows: cells, missed, accused } = tally
  process.stdout.write(`${JSON.stringify({ cells, missed, accused }, undefined, 2)}\n`)
}

process.exit(await main())

