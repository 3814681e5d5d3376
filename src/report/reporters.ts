/**
 * Writes every report of a finished run that is wanted, each for itself: one that fails says so in one line, and breaks
 * neither the run nor another report. All are made from what is in the run folder.
 */
import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { JUNIT_FILE, PAGE_FILE } from '../store/run-folder.ts'
import { writeHtmlReport } from './html/write.ts'
import { junitReport } from './junit.ts'
import { plain } from './terminal.ts'
import { annotations, stepSummary } from './step-summary.ts'
import { readStoredRun, type StoredRun } from './stored-run.ts'

export interface ReportWish {
  /** The run folder. */
  readonly folder: string
  /** Where JUnit XML goes; nowhere when undefined. */
  readonly junit: string | undefined
  /** GitHub's file of a step's summary; then annotations are written too. */
  readonly stepSummary: string | undefined
  /** Takes lines for the runner and about what failed. */
  say(line: string): void
}

/** What the environment asks for, beside the page. */
export function wishFrom(
  env: NodeJS.ProcessEnv, folder: string, junit: string | undefined,
): Pick<ReportWish, 'folder' | 'junit' | 'stepSummary'> {
  const { CI: ci, GITHUB_STEP_SUMMARY: summary } = env
  const inCi = ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0'
  return {
    folder, junit: junit ?? (inCi ? join(folder, JUNIT_FILE) : undefined),
    stepSummary: summary === undefined || summary === '' ? undefined : summary,
  }
}

/** Returns whether everything that was wanted was written. Never throws. */
export async function writeReports(wish: ReportWish): Promise<boolean> {
  const { folder, junit, stepSummary: summary } = wish
  const run: { stored?: StoredRun } = {}
  const read = await guarded(wish, 'reports', async () => {
    run.stored = await readStoredRun(folder)
  })
  const { stored } = run
  if (!read || stored === undefined) return false
  const done = [await guarded(wish, PAGE_FILE, async () => {
    await writeHtmlReport(stored, folder)
  })]
  if (junit !== undefined) {
    done.push(await guarded(wish, `JUnit report ${junit}`, async () => writeJunit(stored, folder, junit)))
  }
  if (summary !== undefined) {
    done.push(await guarded(wish, 'step summary', async () => writeSummary(stored, summary, wish)))
  }
  return done.every((one) => one)
}

async function guarded(wish: ReportWish, what: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    wish.say(plain(`${what} could not be written: ${error instanceof Error ? error.message : String(error)}`))
    return false
  }
}

async function writeJunit({ report }: StoredRun, folder: string, file: string): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true })
  await writeFile(file, junitReport(report, relative(process.cwd(), join(folder, PAGE_FILE))))
}

async function writeSummary({ report }: StoredRun, file: string, wish: ReportWish): Promise<void> {
  const used = await stat(file).then((found) => found.size, () => 0)
  await appendFile(file, stepSummary(report, used))
  for (const line of annotations(report)) wish.say(line)
}
