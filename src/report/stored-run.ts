/**
 * A run as its folder holds it: report.json and the journals beside it. All that reports are made of, so that a report
 * can be made again from the files alone.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../lib/errors.ts'
import type { History } from '../model/history.ts'
import { readJournal } from '../store/journal.ts'
import type { Report, SuiteReport } from '../store/report-schema.ts'
import { REPORT_FILE } from '../store/run-folder.ts'
import { parseReport } from '../store/run-result.ts'

export interface StoredSuite {
  readonly suite: SuiteReport
  /** Undefined where there is no journal, or a damaged one. */
  readonly history: History | undefined
}

export interface StoredRun {
  readonly report: Report
  readonly suites: readonly StoredSuite[]
}

/** Errors: UsageError where there is no report.json, or one that this version can't read. */
export async function readStoredRun(folder: string): Promise<StoredRun> {
  const file = join(folder, REPORT_FILE)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`there is no ${REPORT_FILE} in ${folder}: the run did not come to its end`, { cause })
  })
  const report = parseReport(text, file)
  return { report, suites: report.suites.map((suite) => ({ suite, history: journalOf(join(folder, suite.history)) })) }
}

/** A report without its journal still says what was found; it only can't show how. */
function journalOf(file: string): History | undefined {
  if (!existsSync(file)) return undefined
  try {
    return readJournal(file)
  } catch {
    // The page says that the journal can't be read; `recheck` says why.
    return undefined
  }
}
