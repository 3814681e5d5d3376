/**
 * A run's result as `report.json`, and back again: a stored run is reported and rechecked as if it had just ended.
 */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import { packageVersion } from '../lib/package-info.ts'
import type { RunResult, SuiteResult } from '../model/run.ts'
import type { Finding, PointRow } from '../model/verdict.ts'
import {
  reportSchema, SCHEMA_VERSION, suiteFactsSchema, type Report, type SuiteFacts, type SuiteReport,
} from './report-schema.ts'
import { REPORT_FILE } from './run-folder.ts'

/** The command that runs a finding again; stands in every report. */
export function replayCommand(id: string): string {
  return `onceproof replay ${id}`
}

/** Name of the fact in which a journal says whom it is about. */
export const KNOWN_SUITE = 'known-suite'

/** What is known of a suite before its campaign. */
export type KnownSuite =
  Pick<SuiteResult, 'name' | 'file' | 'profile' | 'scope' | 'contract' | 'notDecoded' | 'subject' | 'suiteHash'>

/** For the journal, so that it can be judged where its run never came to a report. */
export function toSuiteFacts({ scope, subject, ...suite }: KnownSuite): SuiteFacts {
  return {
    name: suite.name, file: portablePath(suite.file), profile: suite.profile,
    scope: { ...scope, faults: [...scope.faults], contexts: [...scope.contexts] },
    contract: suite.contract, notDecoded: [...suite.notDecoded],
    subject: subject === undefined ? null : { ...subject, command: [...subject.command] },
    suiteHash: suite.suiteHash,
  }
}

/** Undefined where the journal does not say it, or in words of another version. */
export function parseSuiteFacts(value: unknown): KnownSuite | undefined {
  const parsed = suiteFactsSchema.safeParse(value)
  if (!parsed.success) return undefined
  const { subject, file } = parsed.data
  return { ...parsed.data, file: resolve(file), subject: subject ?? undefined }
}

export async function writeRunResult(result: RunResult): Promise<void> {
  await writeFile(join(result.folder, REPORT_FILE), reportText(toReport(result)))
}

export function reportText(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}

export function hasRunResult(folder: string): boolean {
  return existsSync(join(folder, REPORT_FILE))
}

/** Throws UsageError when the folder holds no report, or one that this version can't read. */
export async function readRunResult(folder: string): Promise<RunResult> {
  const file = join(folder, REPORT_FILE)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`there is no ${REPORT_FILE} in ${folder}: the run did not come to its end`, { cause })
  })
  return fromReport(parseReport(text, file), resolve(folder))
}

export function parseReport(text: string, shown: string): Report {
  const parsed = reportSchema.safeParse(parseJson(text, shown))
  if (!parsed.success) {
    throw new UsageError(`${shown} can't be read by onceproof ${packageVersion}: `
      + z.prettifyError(parsed.error).replaceAll('\n', ' '))
  }
  return parsed.data
}

export function toReport(result: RunResult): Report {
  return {
    schemaVersion: SCHEMA_VERSION, verdict: result.verdict, exitCode: result.exitCode,
    suites: result.suites.map(suiteReport),
    tool: { name: 'onceproof', version: packageVersion },
    run: {
      seed: result.seed, command: result.command, startedAt: result.startedAt,
      durationMs: Math.round(result.durationMs), end: result.end,
    },
  }
}

function suiteReport(suite: SuiteResult): SuiteReport {
  const { judgement } = suite
  return {
    ...toSuiteFacts(suite), verdict: suite.verdict,
    points: judgement.points, messages: judgement.messages.sent,
    findings: judgement.findings.map((finding) => ({
      ...finding, message: finding.message ?? null, points: [...finding.points], witness: [...finding.witness],
      schedule: [...finding.schedule], replay: replayCommand(finding.id),
    })),
    observations: [...judgement.observations], doubts: [...judgement.doubts], claim: suite.claim,
    ...suite.failure === undefined ? {} : { failure: suite.failure },
    messageCounts: judgement.messages, faults: judgement.faults, controls: [...judgement.controls],
    grid: judgement.grid.map(gridRow), leftOut: [...judgement.leftOut],
    versions: { ...suite.versions }, history: suite.history,
    durationMs: Math.round(suite.durationMs),
  }
}

function gridRow(row: PointRow): SuiteReport['grid'][number] {
  return {
    point: row.point, also: [...row.also], context: row.context,
    faults: mapValues(row.faults, (cell) => ({ ...cell, worst: cell.worst ?? null })),
  }
}

function fromReport(report: Report, folder: string): RunResult {
  return {
    folder, ...report.run, verdict: report.verdict, exitCode: report.exitCode,
    suites: report.suites.map(suiteResult),
  }
}

function suiteResult(suite: SuiteReport): SuiteResult {
  const { failure, subject } = suite
  return {
    name: suite.name, file: resolve(suite.file), profile: suite.profile, verdict: suite.verdict, claim: suite.claim,
    judgement: {
      verdict: suite.verdict, points: suite.points, faults: suite.faults, messages: suite.messageCounts,
      findings: suite.findings.map(({ replay: _, ...finding }): Finding =>
        ({ ...finding, message: finding.message ?? undefined })),
      grid: suite.grid.map((row): PointRow =>
        ({ ...row, faults: mapValues(row.faults, (cell) => ({ ...cell, worst: cell.worst ?? undefined })) })),
      leftOut: suite.leftOut, observations: suite.observations, doubts: suite.doubts, controls: suite.controls,
    },
    scope: suite.scope, contract: suite.contract, notDecoded: suite.notDecoded,
    subject: subject ?? undefined,
    suiteHash: suite.suiteHash, versions: suite.versions, history: suite.history, durationMs: suite.durationMs,
    ...failure === undefined ? {} : { failure },
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]): [string, B] => [key, map(value)]))
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${shown} is no JSON file`, { cause })
  }
}

/** Reports travel: no path of this machine where a relative one will do. */
function portablePath(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}
