/**
 * Loads a suite: reads the file, checks it, fills in defaults, and makes it absolute.
 *
 * It starts nothing and asks no server. What it refuses is a UsageError with one line per problem, each of which
 * begins with the file's name as the caller would write it.
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { shippedKinds, type Kinds } from '../kinds.ts'
import { parseDuration } from '../lib/duration.ts'
import { UsageError } from '../lib/errors.ts'
import type { Contract, EffectSource, Source, Suite, Workload } from '../model/suite.ts'
import { problemsOf } from './checks.ts'
import { completeSuite, mapValues } from './complete.ts'
import type { CompleteSuite } from './complete.ts'
import { spreadClients } from './hosted.ts'
import type { LinkInput } from './link-schema.ts'
import { parseJson, readNamedFile, readSuiteFile, shownPath } from './read-file.ts'
import type { SuiteFile } from './read-file.ts'
import { suiteJsonSchema, suiteSchema } from './schema.ts'
import type { SuiteDocument } from './schema.ts'
import { sentencesOf } from './sentences.ts'
import { parseEnvFile } from './env-file.ts'

export interface LoadedSuite {
  readonly suite: Suite
  /** What was written, checked. */
  readonly input: SuiteDocument
  /** The same as it stands in the file: without any default. */
  readonly written: unknown
  /** The same with every default. */
  readonly complete: CompleteSuite
}

/**
 * The suite of a file. Where a file stands for several (one for each client that hosts its handler), `name` says which;
 * without it that is a UsageError.
 */
export async function loadSuite(path: string, name?: string, kinds: Kinds = shippedKinds): Promise<Suite> {
  return (await openSuite(path, name, kinds)).suite
}

/** All suites of a file. */
export async function loadSuites(path: string, kinds: Kinds = shippedKinds): Promise<Suite[]> {
  return (await openSuites(path, kinds)).map(({ suite }) => suite)
}

/** The suite with what it was made of, for `explain`. */
export async function openSuite(path: string, name?: string, kinds: Kinds = shippedKinds): Promise<LoadedSuite> {
  const loaded = await openSuites(path, kinds)
  const [only, ...others] = loaded
  const found = loaded.find(({ suite }) => suite.name === name) ?? (others.length === 0 ? only : undefined)
  if (found !== undefined) return found
  const names = loaded.map(({ suite }) => `'${suite.name}'`).join(', ')
  throw new UsageError(`${path} stands for ${names}; here it must be one: write one client`)
}

async function openSuites(path: string, kinds: Kinds = shippedKinds): Promise<LoadedSuite[]> {
  const read = await readSuiteFile(path)
  const loaded: LoadedSuite[] = []
  for (const content of spreadClients(read.content, kinds, read.shown, nameOf(read.file))) {
    loaded.push(await openOne({ ...read, content }, kinds))
  }
  return loaded
}

async function openOne(read: SuiteFile, kinds: Kinds): Promise<LoadedSuite> {
  const input = parseInput(read, kinds)
  const samples = await samplesOf(input, read)
  const problems = problemsOf(input, samples, kinds)
  if (problems.length > 0) throw refusal(read, problems)
  const complete = completeSuite(input, { fileName: nameOf(read.file), folder: dirname(read.file), samples, kinds })
  const suite = toSuite(complete, read.file)
  await checkPlaces(suite, read)
  return { suite, input, complete, written: read.content }
}

function parseInput(read: SuiteFile, kinds: Kinds): SuiteDocument {
  const parsed = suiteSchema(kinds).safeParse(read.content)
  if (!parsed.success) throw refusal(read, sentencesOf(parsed.error.issues, read.content, suiteJsonSchema(kinds)))
  return parsed.data
}

function refusal(read: SuiteFile, sentences: readonly string[]): UsageError {
  return new UsageError(sentences.map((sentence) => `${read.shown}: ${sentence}`).join('\n'))
}

/** `orders.suite.ts` is named orders. */
function nameOf(file: string): string {
  return basename(file, extname(file)).replace(/\.suite$/, '')
}

/** Lines of a .jsonl file, elements of a list in a .json file, or the one value that the file holds. */
async function samplesOf({ workload }: SuiteDocument, read: SuiteFile): Promise<readonly unknown[]> {
  if (workload.samples !== undefined) return workload.samples
  if (workload.body !== undefined) return [workload.body]
  if (workload.from === undefined) return []
  const file = resolve(dirname(read.file), workload.from)
  const where = `${read.shown}: workload.from`
  const text = await readNamedFile(file, where)
  const samples = extname(file) === '.jsonl'
    ? text.split('\n').flatMap((line, i) => line.trim() === '' ? [] : [parseJson(line, `${shownPath(file)}:${i + 1}`)])
    : [parseJson(text, shownPath(file))].flat()
  if (samples.length === 0) throw new UsageError(`${where}: ${workload.from} holds no sample`)
  return samples
}

function toSuite(complete: CompleteSuite, file: string): Suite {
  const { subject, expect } = complete
  const folder = dirname(file)
  const { deadLetter, reject, order: _, ...expected } = expect
  return {
    name: complete.name,
    file,
    sources: mapValues(complete.sources, toSource),
    dependencies: mapValues(complete.dependencies, ({ kind, ...settings }) => ({ kind, settings })),
    setup: complete.setup,
    subject: {
      command: subject.command,
      cwd: resolve(folder, subject.cwd),
      env: subject.env,
      envFile: subject.envFile === null ? undefined : resolve(folder, subject.envFile),
      graceMs: parseDuration(subject.grace),
      restart: subject.restart,
      backoffMs: parseDuration(subject.backoff),
      exclusive: subject.exclusive,
      next: subject.next ?? undefined,
      lockTtlMs: parseDuration(subject.lockTtl),
    },
    contract: toContract(complete.contract),
    workload: toWorkload(complete.workload, complete.sources),
    effects: mapValues(complete.effects, toEffect),
    expect: expected,
    deadLetter,
    reject,
    horizonMs: toMs(complete.horizon),
    settlement: toSettlement(complete.settlement),
    allowEgress: complete.allow.egress,
    profile: complete.profile,
    faults: complete.faults ?? undefined,
    versions: complete.versions,
  }
}

function toSource({ kind, in: host, ...settings }: LinkInput): Source {
  if (typeof host !== 'string') return { kind, settings }
  const { lease } = settings
  return {
    kind, settings,
    lodging: { dependency: host, leaseMs: typeof lease === 'string' ? parseDuration(lease) : undefined },
  }
}

function toSettlement(settlement: CompleteSuite['settlement']): Suite['settlement'] {
  return typeof settlement === 'string' ? settlement : { dependency: settlement.in, query: settlement.sql }
}

function toMs(duration: string | null): number | undefined {
  return duration === null ? undefined : parseDuration(duration)
}

function toContract(contract: CompleteSuite['contract']): Contract {
  return {
    identity: contract.identity,
    producerDuplicates: contract.producerDuplicates ?? undefined,
    replayWithinMs: toMs(contract.replayWithin),
    dedupWindowMs: toMs(contract.dedupWindow),
  }
}

function toWorkload({ lanes, ...workload }: CompleteSuite['workload'], sources: CompleteSuite['sources']): Workload {
  const [first] = Object.keys(sources)
  return {
    ...workload, key: workload.key ?? undefined, amount: workload.amount ?? undefined,
    ...lanes.length === 1 && lanes[0] === first ? {} : { lanes },
  }
}

function toEffect(effect: CompleteSuite['effects'][string]): EffectSource {
  if ('sql' in effect) {
    const { sql, sum, last } = effect
    const shared = sum !== undefined ? { how: 'sum' as const, column: sum }
      : last !== undefined ? { how: 'last' as const, column: last } : undefined
    return { kind: 'sql', dependency: effect.in, query: sql, ...shared === undefined ? {} : { shared } }
  }
  if ('http' in effect) {
    const { to, id } = effect.http
    return { kind: 'http', dependency: to, id: typeof id === 'string' ? { pointer: id } : id }
  }
  const { source, queue, id } = 'topic' in effect ? { ...effect.topic, queue: effect.topic.topic } : effect.queue
  return { kind: 'queue', source, queue, id: typeof id === 'string' ? { pointer: id } : id }
}

/** The folder must be there and the env file readable before anything is started. */
async function checkPlaces({ subject }: Suite, read: SuiteFile): Promise<void> {
  const isFolder = await stat(subject.cwd).then((found) => found.isDirectory(), () => false)
  if (!isFolder) throw new UsageError(`${read.shown}: subject.cwd: there is no folder ${shownPath(subject.cwd)}`)
  if (subject.envFile !== undefined) {
    parseEnvFile(await readNamedFile(subject.envFile, `${read.shown}: subject.envFile`))
  }
}
