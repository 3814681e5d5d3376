/**
 * recheck: judges a stored run again from its histories, without brokers.
 */
import { join } from 'node:path'
import { judge } from '../check/judge.ts'
import type { RunResult, SuiteResult } from '../model/run.ts'
import { worst } from '../model/verdict.ts'
import { claimOf } from '../report/claim.ts'
import { readJournal } from '../store/journal.ts'
import { readRunResult } from '../store/run-result.ts'
import { exitCodeOf } from './certify.ts'

/** Errors: UsageError when the folder holds no run, or its journal is broken in the middle. */
export async function recheck(folder: string): Promise<RunResult> {
  const stored = await readRunResult(folder)
  const suites = stored.suites.map((suite): SuiteResult => {
    if (suite.failure !== undefined) return suite
    const judgement = judge(readJournal(join(folder, suite.history)))
    const again = { ...suite, judgement, verdict: judgement.verdict }
    return { ...again, claim: claimOf(again) }
  })
  const verdict = worst(suites.map((suite) => suite.verdict))
  return { ...stored, folder, suites, verdict, exitCode: exitCodeOf(suites) }
}

