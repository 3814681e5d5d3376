/**
 * `replay`, `recheck` and `report`: what was found and stored, carried out, judged or shown again.
 */
import { join } from 'node:path'
import { wallTime } from '../lib/clock.ts'
import { packageVersion } from '../lib/package-info.ts'
import { exitCodes } from '../model/verdict.ts'
import { writeReports } from '../report/reporters.ts'
import { openTerminal } from '../report/terminal.ts'
import { shownFolder } from '../report/terminal-result.ts'
import { terminalProgress } from '../report/terminal-progress.ts'
import { recheck } from '../run/recheck.ts'
import { replay } from '../run/replay.ts'
import { findRepro } from '../store/find-repro.ts'
import { readRepro } from '../store/repro.ts'
import { createRunFolder, openRunFolder, PAGE_FILE } from '../store/run-folder.ts'
import { hasRunResult, readRunResult, reportText, toReport } from '../store/run-result.ts'
import { printResult, REPORTS, sayAside, type CommandCall } from './certify-command.ts'

export interface ReplayArguments {
  readonly finding: string
  readonly times: number
  readonly out?: string
  readonly json?: true
}

/** 1 when the finding was seen again at least once, else 2: not having seen it proves nothing. */
export async function replayCommand(given: ReplayArguments, call: CommandCall): Promise<number> {
  const file = findRepro(given.finding, REPORTS)
  const repro = await readRepro(file)
  const seed = `replay-${repro.id}`
  const folder = createRunFolder({ reports: REPORTS, out: given.out, seed, startedAt: wallTime() })
  call.keep(folder)
  using progress = terminalProgress(openTerminal(given.json === true ? process.stderr : process.stdout, process.env))
  const shown = shownFolder(folder, process.cwd())
  progress.line(`onceproof ${packageVersion}, replay of ${file}, seed ${repro.seed}, ${shown}`)
  if (repro.suiteChanged) progress.line(`${repro.suiteName} has changed since this was found`)
  const result = await replay({
    file, times: given.times, out: folder, progress, signal: call.signal, command: call.command,
  })
  const { anomaly, effect } = repro.finding
  progress.line(given.json === true ? 'done' : `${result.id}: ${anomaly} ${effect} seen in ${result.k} of ${result.n}`)
  if (given.json === true) process.stdout.write(`${JSON.stringify({ id: result.id, k: result.k, n: result.n })}\n`)
  return result.exitCode
}

export async function recheckCommand(path: string, json: boolean): Promise<number> {
  const folder = openRunFolder(path)
  const stored = hasRunResult(folder) ? await readRunResult(folder) : undefined
  const result = await recheck(folder)
  if (json) process.stdout.write(reportText(toReport(result)))
  else printResult(result)
  if (stored === undefined) {
    process.stderr.write('the run did not come to its end; what it had written down by then was judged\n')
  } else if (result.verdict !== stored.verdict) {
    process.stderr.write(`the stored verdict was ${stored.verdict}; judged again it is ${result.verdict}\n`)
  }
  return result.exitCode
}

/** Judges nothing: 0 says that the reports were made, whatever they say. */
export async function reportCommand(path: string, junit: string | undefined): Promise<number> {
  const folder = openRunFolder(path)
  const done = await writeReports({ folder, junit, stepSummary: undefined, say: sayAside })
  if (done) process.stdout.write(`${shownFolder(join(folder, PAGE_FILE), process.cwd())}\n`)
  return done ? exitCodes.certified : exitCodes.unable
}
