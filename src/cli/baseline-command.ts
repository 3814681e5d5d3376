/**
 * `baseline`: prints the points of a suite, and whether so many fault-free baselines agree on them.
 */
import { wallTime } from '../lib/clock.ts'
import { packageVersion } from '../lib/package-info.ts'
import { openTerminal, paint, widthOf, wrap, type Terminal } from '../report/terminal.ts'
import { terminalProgress } from '../report/terminal-progress.ts'
import { shownFolder } from '../report/terminal-result.ts'
import { checkBaselines, type BaselineCheck } from '../run/baseline-check.ts'
import { createRunFolder } from '../store/run-folder.ts'
import { loadSuite } from '../suite/load.ts'
import { newSeed, REPORTS, type CommandCall } from './certify-command.ts'

export interface BaselineArguments {
  readonly suite: string
  readonly times: number
  readonly seed?: string
  readonly out?: string
  readonly json?: true
}

/** 0 when all of them find the same points, else 2. */
export async function baselineCommand(given: BaselineArguments, call: CommandCall): Promise<number> {
  await loadSuite(given.suite)
  const seed = given.seed ?? newSeed()
  const folder = createRunFolder({ reports: REPORTS, out: given.out, seed, startedAt: wallTime() })
  call.keep(folder)
  const terminal = openTerminal(given.json === true ? process.stderr : process.stdout, process.env)
  using progress = terminalProgress(terminal)
  progress.line(`onceproof ${packageVersion}, seed ${seed}, ${shownFolder(folder, process.cwd())}`)
  const check = await checkBaselines({
    file: given.suite, times: given.times, seed, out: folder, progress, signal: call.signal, command: call.command,
  })
  if (given.json === true) process.stdout.write(`${JSON.stringify(asJson(check), undefined, 2)}\n`)
  else for (const line of baselineLines(check, terminal)) terminal.write(`${line}\n`)
  return check.exitCode
}

function baselineLines(check: BaselineCheck, terminal: Terminal): string[] {
  const { suite, times, points, background, differences } = check
  const width = widthOf(terminal)
  const entry = (text: string): string[] => wrap(text, width, { first: '  ', next: '      ' })
  const section = (title: string, texts: readonly string[]): string[] =>
    (texts.length === 0 ? [] : ['', paint(terminal, 'bold', title), ...texts.flatMap(entry)])
  const verdict = differences.length === 0
    ? `${suite}: identical in ${counted(times)}`
    : `${suite}: ${differences.length} ${differences.length === 1 ? 'difference' : 'differences'} in ${counted(times)}`
  return [
    ...[...points].flatMap(([context, texts]) => section(`${context}, ${texts.length} points`, texts)),
    ...section('background', background),
    ...section('differences', differences),
    '',
    paint(terminal, differences.length === 0 ? 'green' : 'yellow', verdict),
  ]
}

function counted(times: number): string {
  return times === 1 ? 'one baseline' : `${times} baselines`
}

function asJson({ suite, times, points, background, differences }: BaselineCheck): Readonly<Record<string, unknown>> {
  const identical = differences.length === 0
  return { suite, times, identical, points: Object.fromEntries(points), background, differences }
}
