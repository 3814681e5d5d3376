/**
 * `certify`: makes the run folder, runs the suites, writes the report and prints it.
 *
 * Suites are loaded before the folder is made, so that a typing error leaves nothing behind.
 */
import { randomBytes } from 'node:crypto'
import { wallTime } from '../lib/clock.ts'
import { UsageError } from '../lib/errors.ts'
import { packageVersion } from '../lib/package-info.ts'
import type { RunResult } from '../model/run.ts'
import type { ProfileName } from '../model/suite.ts'
import { writeCertificates } from '../report/certificate.ts'
import { wishFrom, writeReports } from '../report/reporters.ts'
import { openTerminal } from '../report/terminal.ts'
import { terminalProgress } from '../report/terminal-progress.ts'
import { resultLines, shownFolder } from '../report/terminal-result.ts'
import { certify } from '../run/certify.ts'
import { createRunFolder } from '../store/run-folder.ts'
import { reportText, toReport, writeRunResult } from '../store/run-result.ts'
import { loadSuites } from '../suite/load.ts'

export const REPORTS = 'reports'

export interface CertifyArguments {
  readonly suites: readonly string[]
  readonly out?: string
  readonly json?: true
  readonly seed?: string
  readonly faults?: string[]
  readonly profile?: ProfileName
  readonly budget?: number
  readonly cells: number
  readonly exhaustive?: true
  readonly junit?: string
}

/** What every command that runs something gets beside its arguments. */
export interface CommandCall {
  /** As it was typed. */
  readonly command: string
  readonly signal: AbortSignal
  /** Says where the files of the run are, for the case that it fails. */
  keep(folder: string): void
}

export async function certifyCommand(given: CertifyArguments, call: CommandCall): Promise<number> {
  const result = await runSuites(given, call)
  await writeReports({ ...wishFrom(process.env, result.folder, given.junit), say: sayAside })
  if (given.json === true) process.stdout.write(reportText(toReport(result)))
  else printResult(result)
  return result.exitCode
}

/** Beside the result: stdout may be for JSON, and GitHub's runner reads both. */
export function sayAside(line: string): void {
  process.stderr.write(`${line}\n`)
}

export function printResult(result: RunResult): void {
  const terminal = openTerminal(process.stdout, process.env)
  for (const line of resultLines(result, terminal, process.cwd())) terminal.write(`${line}\n`)
}

/** Everything but the printing of the result; progress goes to stderr where stdout is for JSON. */
export async function runSuites(given: CertifyArguments, call: CommandCall): Promise<RunResult> {
  await checkSuites(given.suites)
  const seed = given.seed ?? newSeed()
  const folder = createRunFolder({ reports: REPORTS, out: given.out, seed, startedAt: wallTime() })
  call.keep(folder)
  const terminal = openTerminal(given.json === true ? process.stderr : process.stdout, process.env)
  using progress = terminalProgress(terminal)
  progress.line(`onceproof ${packageVersion}, seed ${seed}, ${shownFolder(folder, process.cwd())}`)
  const result = await certify({
    suites: given.suites, out: folder, seed, faults: given.faults, profile: given.profile, budgetMs: given.budget,
    cells: given.cells, exhaustive: given.exhaustive === true, progress, signal: call.signal, command: call.command,
  })
  await writeRunResult(result)
  await writeCertificates(result)
  return result
}

export function newSeed(): string {
  return randomBytes(3).toString('hex')
}

/** Names are what folders and findings are told apart by. */
async function checkSuites(paths: readonly string[]): Promise<void> {
  const seen = new Map<string, string>()
  for (const path of paths) {
    for (const { name } of await loadSuites(path)) {
      const other = seen.get(name)
      if (other !== undefined) throw new UsageError(`${other} and ${path} are both named '${name}'; rename one of them`)
      seen.set(name, path)
    }
  }
}
