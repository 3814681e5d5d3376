/**
 * The certificate: the evidence for `certified` as one JSON file, given only where nothing is missing.
 *
 * It names who was certified by hashes, what was done, and in words what follows and what does not. It is no signature:
 * whoever wants to rely on it holds the journal of the same hash beside it and lets `onceproof recheck` judge again.
 */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assert } from '../lib/assert.ts'
import { packageVersion } from '../lib/package-info.ts'
import type { RunResult, SubjectFacts, SuiteResult } from '../model/run.ts'
import type { Judgement, LeftOut } from '../model/verdict.ts'
import { CERTIFICATE_FILE } from '../store/run-folder.ts'
import { notClaimed, verdictWords } from './claim.ts'
import { endOf, outsideOf, scopedSuite } from './scope-words.ts'

export const CERTIFICATE_VERSION = 1

export interface CarriedOut {
  readonly point: string
  readonly context: string
  readonly fault: string
  readonly times: number
}

export interface NotApplicable extends Omit<CarriedOut, 'times'> {
  readonly why: string
}

export interface Certificate {
  readonly certificateVersion: typeof CERTIFICATE_VERSION
  readonly suite: string
  /** `certified`, or `certified (partial)` for faults chosen by hand. */
  readonly verdict: string
  readonly profile: string
  readonly leavesOut: string | undefined
  /** Kinds of faults of the scope that were not planned. */
  readonly leftOut: readonly LeftOut[]
  readonly claim: string
  readonly notClaimed: readonly string[]
  readonly subject: SubjectFacts
  readonly contract: SuiteResult['contract']
  readonly scope: SuiteResult['scope']
  readonly exercised: Judgement['points']
  readonly faults: Judgement['faults']
  /** Each (point, fault, context) with how often it was carried out. */
  readonly carriedOut: readonly CarriedOut[]
  /** Where a fault can't happen, and the evidence of it. */
  readonly notApplicable: readonly NotApplicable[]
  readonly messages: Judgement['messages']
  readonly controls: Judgement['controls']
  readonly versions: Readonly<Record<string, string>>
  readonly seed: string
  readonly startedAt: string
  /** sha256, hexadecimal. */
  readonly hashes: { readonly suite: string; readonly history: string }
}

/** Writes one beside the journal of every suite that was certified; returns the files. */
export async function writeCertificates(result: RunResult): Promise<string[]> {
  const files: string[] = []
  for (const suite of result.suites) {
    if (!deserves(result, suite)) continue
    const history = join(result.folder, suite.history)
    const hash = createHash('sha256').update(await readFile(history)).digest('hex')
    const file = join(dirname(history), CERTIFICATE_FILE)
    await writeFile(file, `${JSON.stringify(certificateOf(result, suite, hash), undefined, 2)}\n`)
    files.push(file)
  }
  return files
}

/** Nobody is certified whose files could not be told, nor by a run that was cut short. */
export function deserves(result: Pick<RunResult, 'end'>, suite: SuiteResult): boolean {
  return result.end === 'completed' && suite.verdict === 'certified' && suite.subject !== undefined
    && suite.failure === undefined
}

export function certificateOf(result: RunResult, suite: SuiteResult, historyHash: string): Certificate {
  const { judgement, subject } = suite
  assert(subject !== undefined && deserves(result, suite), 'a certificate is given only to what was certified')
  assert(judgement.verdict === 'certified' && judgement.findings.length === 0, 'nothing speaks against it')
  const cells = judgement.grid.flatMap((row) => Object.entries(row.faults)
    .map(([fault, cell]) => ({ place: { point: row.point, context: row.context, fault }, cell })))
  return {
    certificateVersion: CERTIFICATE_VERSION, suite: suite.name, verdict: verdictWords(suite), profile: suite.profile,
    leavesOut: outsideOf(suite.scope), leftOut: judgement.leftOut, claim: suite.claim,
    notClaimed: notClaimed({ ...suite, ...scopedSuite(suite) }), subject,
    contract: suite.contract, scope: suite.scope, exercised: judgement.points, faults: judgement.faults,
    carriedOut: cells.filter(({ cell }) => cell.fired > 0)
      .map(({ place, cell }) => ({ ...place, times: cell.fired })),
    notApplicable: cells.filter(({ cell }) => endOf(cell) === 'not-applicable')
      .map(({ place, cell }) => ({ ...place, why: cell.why ?? '' })),
    messages: judgement.messages, controls: judgement.controls,
    versions: { ...suite.versions, onceproof: packageVersion },
    seed: result.seed, startedAt: result.startedAt, hashes: { suite: suite.suiteHash, history: historyHash },
  }
}
