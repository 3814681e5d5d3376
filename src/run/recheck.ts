/**
 * recheck: judges a stored run again from its histories, without brokers. A run that was killed has no report; what it
 * had written down by then is judged all the same, and without a violation the run stays inconclusive.
 */
import { basename, dirname, join } from 'node:path'
import { judge } from '../check/judge.ts'
import { UsageError } from '../lib/errors.ts'
import { eventsOf, type History } from '../model/history.ts'
import type { RunResult, SuiteResult } from '../model/run.ts'
import { exitCodes, worst } from '../model/verdict.ts'
import { claimOf } from '../report/claim.ts'
import { readJournal } from '../store/journal.ts'
import { historiesOf } from '../store/run-folder.ts'
import { hasRunResult, KNOWN_SUITE, parseSuiteFacts, readRunResult, type KnownSuite } from '../store/run-result.ts'
import { exitCodeOf } from './certify.ts'

/** Errors: UsageError when the folder holds no run, or its journal is broken in the middle. */
export async function recheck(folder: string): Promise<RunResult> {
  if (!hasRunResult(folder)) return unfinished(folder)
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

/** The result that the run would have written, as far as its journals go. Nobody knows which suites did not begin. */
function unfinished(folder: string): RunResult {
  const journals = historiesOf(folder).map((file) => ({ file, history: readJournal(join(folder, file)) }))
  const starts = journals.flatMap(({ history }) => eventsOf(history, 'run-started'))
  const [start] = starts
  if (start === undefined) throw new UsageError(`the run in ${folder} ended before anything was written down`)
  const suites = journals.filter(({ history }) => history.length > 0)
    .map(({ file, history }) => suiteOf(history, file, basename(dirname(join(folder, file)))))
  const verdict = worst([...suites.map((suite) => suite.verdict), 'inconclusive'])
  const ends = journals.flatMap(({ history }) => eventsOf(history, 'run-ended').map(({ reason }) => reason))
  return {
    folder, suites, verdict, exitCode: exitCodes[verdict], seed: start.seed, command: start.command,
    startedAt: start.startedAt, durationMs: suites.reduce((sum, { durationMs }) => sum + durationMs, 0),
    end: ends.find((reason) => reason !== 'completed') ?? 'interrupted',
  }
}

function suiteOf(history: History, file: string, folder: string): SuiteResult {
  const [known] = eventsOf(history, 'learned').filter(({ what }) => what === KNOWN_SUITE)
  const judgement = judge(history)
  const suite = {
    ...parseSuiteFacts(known?.value) ?? nobody(folder), judgement, verdict: judgement.verdict,
    versions: eventsOf(history, 'run-started')[0]?.versions ?? {}, history: file,
    durationMs: history.at(-1)?.atMs ?? 0,
  }
  return { ...suite, claim: claimOf(suite) }
}

/** A journal that does not say whom it is about, of a replay for instance. */
function nobody(name: string): KnownSuite {
  return {
    name, file: '', profile: 'quick', scope: { faults: [], contexts: [], partial: true }, contract: {}, notDecoded: [],
    subject: undefined, suiteHash: '',
  }
}
