/**
 * `repro/ID.json`: one finding as something that can be run again anywhere the suite is.
 *
 * It holds the suite's path and hash, the context, and the schedule: faults and points by name, in order, so that it
 * matches on what happens and not on milliseconds. Names of points depend on how this version names operations, so a
 * file of another format is refused by name, never half understood.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import type { SuiteResult } from '../model/run.ts'
import { anomalyKinds } from '../model/anomaly.ts'
import { REPRO_FOLDER } from './run-folder.ts'

export const REPRO_VERSION = 1

const contexts = z.enum(['start', 'cold', 'warm', 'convoy', 'recovery', 'rest'])

const reproSchema = z.object({
  reproVersion: z.literal(REPRO_VERSION),
  id: z.string(),
  suite: z.object({
    name: z.string(),
    /** Relative to the folder that the command was given in, where it lies below; else absolute. */
    file: z.string(),
    sha256: z.string(),
  }),
  seed: z.string(),
  profile: z.enum(['quick', 'full']),
  context: contexts,
  /** In order; none where it happens without any fault. */
  schedule: z.array(z.object({ fault: z.string(), point: z.string() })),
  finding: z.object({
    anomaly: z.enum(anomalyKinds),
    effect: z.string(),
    fault: z.string(),
    /** All names of the point. */
    points: z.array(z.string()),
    detail: z.string(),
  }),
})

type ReproFile = z.infer<typeof reproSchema>

/** A finding that was read, with its suite found. */
export interface Repro extends Omit<ReproFile, 'suite'> {
  /** Where it was read from. */
  readonly file: string
  readonly suiteName: string
  /** Absolute path of the suite file, which exists. */
  readonly suite: string
  /** The suite file is not the one that the finding was made with. */
  readonly suiteChanged: boolean
}

/** One file per finding, beside the suite's journal. Returns the files. */
export async function writeRepros(folder: string, result: SuiteResult, seed: string): Promise<string[]> {
  // What no step of the run explains has no schedule that could be repeated.
  const findings = result.judgement.findings.filter((finding) => contexts.safeParse(finding.context).success)
  if (findings.length > 0) await mkdir(join(folder, REPRO_FOLDER), { recursive: true })
  return await Promise.all(findings.map(async (finding) => {
    const repro = {
      reproVersion: REPRO_VERSION, id: finding.id,
      suite: { name: result.name, file: portablePath(result.file), sha256: result.suiteHash },
      seed, profile: result.profile, context: finding.context, schedule: finding.schedule,
      finding: {
        anomaly: finding.anomaly, effect: finding.effect, fault: finding.fault, points: finding.points,
        detail: finding.detail,
      },
    }
    const file = join(folder, REPRO_FOLDER, `${finding.id}.json`)
    await writeFile(file, `${JSON.stringify(reproSchema.parse(repro), undefined, 2)}\n`)
    return file
  }))
}

/** Reads a file and finds its suite: from the caller's folder, else from the folders above the file. */
export async function readRepro(path: string): Promise<Repro> {
  const file = resolve(path)
  const { suite, ...repro } = parseRepro(await readText(file), path)
  const suiteFile = findSuite(suite.file, file)
  if (suiteFile === undefined) {
    throw new UsageError(`${path}: its suite ${suite.file} is not there; call from the folder where it was found`)
  }
  const suiteChanged = await hashOfFile(suiteFile) !== suite.sha256
  return { ...repro, file, suiteName: suite.name, suite: suiteFile, suiteChanged }
}

/** sha256 of a file, hexadecimal. */
export async function hashOfFile(file: string): Promise<string> {
  return createHash('sha256').update(await readFile(file)).digest('hex')
}

function parseRepro(text: string, shown: string): ReproFile {
  const value = parseJson(text, shown)
  const head = z.object({ reproVersion: z.unknown() }).safeParse(value)
  if (!head.success || head.data.reproVersion === undefined) throw new UsageError(`${shown} is no finding of onceproof`)
  if (head.data.reproVersion !== REPRO_VERSION) {
    throw new UsageError(`${shown} is of format ${JSON.stringify(head.data.reproVersion)}, this onceproof reads format `
      + `${REPRO_VERSION}; replay it with the version that wrote it`)
  }
  const parsed = reproSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UsageError(`${shown} is damaged: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${shown} is no JSON file`, { cause })
  }
}

async function readText(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`there is no file ${file}`, { cause })
  })
}

function portablePath(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}

function findSuite(file: string, repro: string): string | undefined {
  const places = isAbsolute(file) ? [file] : [resolve(file), ...foldersAbove(repro).map((folder) => join(folder, file))]
  return places.find((place) => existsSync(place))
}

function foldersAbove(file: string): string[] {
  const folder = dirname(file)
  return folder === file ? [] : [folder, ...foldersAbove(folder)]
}
