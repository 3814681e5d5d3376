/**
 * `demo`: certifies the shipped handler on every broker and the shipped broken consumer on one, and says whether all
 * came out as they must.
 *
 * 0 exactly when the handler is certified on each and the broken one is violated at every point of its expected.json.
 * Any other end has the code of what went wrong, never 0. Its last lines stand alone like those of `certify`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../lib/package-info.ts'
import type { RunResult, SuiteResult } from '../model/run.ts'
import { exitCodes } from '../model/verdict.ts'
import { missingOf, parseExpected, type Expected } from '../report/expected.ts'
import { writeReports } from '../report/reporters.ts'
import { openTerminal } from '../report/terminal.ts'
import { allSuiteLines, shownFolder } from '../report/terminal-result.ts'
import { runSuites, sayAside, type CertifyArguments, type CommandCall } from './certify-command.ts'

const folder = join(packageFolder, 'suites', 'demo')

export async function demoCommand(given: Omit<CertifyArguments, 'suites'>, call: CommandCall): Promise<number> {
  const expectedFile = join(folder, 'broken.expected.json')
  const expected = parseExpected(await readFile(expectedFile, 'utf8'), expectedFile)
  const suites = [join(folder, 'handler.suite.yaml'), join(folder, 'broken.suite.yaml')]
  const result = await runSuites({ ...given, suites }, call)
  // No report for CI: the broken one's findings are what must be.
  await writeReports({ folder: result.folder, junit: undefined, stepSummary: undefined, say: sayAside })
  const outcome = demoOutcome(result, expected)
  const terminal = openTerminal(process.stdout, process.env)
  const reports = `reports: ${shownFolder(result.folder, process.cwd())}`
  for (const line of [...allSuiteLines(result, terminal), '', ...outcome.lines, reports]) terminal.write(`${line}\n`)
  terminal.write(`exit ${outcome.exitCode}: ${outcome.exitCode === 0 ? 'the demo is as it must be' : 'it is not'}\n`)
  return outcome.exitCode
}

export interface DemoOutcome {
  readonly lines: readonly string[]
  readonly exitCode: number
}

export function demoOutcome(result: RunResult, expected: Expected): DemoOutcome {
  const broken = result.suites.find(({ name }) => name.endsWith('broken'))
  const right = result.suites.filter((suite) => suite !== broken)
  const wrong = [
    ...right.length > 0 ? [] : ['the handler must be certified and is not run'],
    ...right.filter(({ verdict }) => verdict !== 'certified')
      .map((suite) => `${named(suite)} must be certified and is ${said(suite)}`),
    ...broken?.verdict === 'violated' ? [] : [`${named(broken)} must be violated and is ${said(broken)}`],
    ...missingOf(expected, broken?.judgement.findings ?? []).map(({ anomaly, fault, point }) =>
      `${named(broken)}: no ${anomaly} was found for ${fault} at ${point}`),
  ]
  const lines = [...right, broken].map((suite) => `${named(suite)}: ${said(suite)}`)
  if (result.exitCode === exitCodes.interrupted) return { lines, exitCode: exitCodes.interrupted }
  if (wrong.length === 0) {
    return { lines, exitCode: exitCodes.certified }
  }
  return { lines: [...lines, ...wrong.map((one) => `demo: ${one}`)], exitCode: codeOf(right, broken) }
}

function codeOf(right: readonly SuiteResult[], broken: SuiteResult | undefined): number {
  if (right.some(({ verdict }) => verdict === 'violated')) return exitCodes.violated
  const failed = [...right, broken].some((suite) => suite === undefined || suite.failure !== undefined)
  return failed ? exitCodes.unable : exitCodes.inconclusive
}

function named(suite: SuiteResult | undefined): string {
  return suite?.name ?? 'a suite'
}

function said(suite: SuiteResult | undefined): string {
  if (suite === undefined) return 'not run'
  return suite.failure === undefined ? suite.verdict : `not run: ${suite.failure}`
}
