/**
 * Campaigns for tests: one real stack, small suites that a test writes into a folder of its own, and the judged result.
 *
 * The consumers are those of the demo, sometimes with a module loaded before them that does what the demo never would.
 * Not part of the package.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shippedKinds, type Kinds } from '../kinds.ts'
import { packageFolder } from '../lib/package-info.ts'
import type { Progress, SuiteResult } from '../model/run.ts'
import { loadSuite } from '../suite/load.ts'
import { certifySuite } from './certify.ts'
import { harnessFor, type Harness } from './harness.ts'
import type { Means } from './means.ts'

const TRIALS_AT_ONCE = 3

export const demoFolder = join(packageFolder, 'suites', 'demo')

/** Keys of a suite file that differ from `rightSuite`. */
export type SuiteChange = Readonly<Record<string, unknown>>

/** The demo's right consumer, by absolute paths, so that the suite can lie anywhere. */
export function rightSuite(change: SuiteChange = {}): SuiteChange {
  return {
    name: 'liar',
    sources: { orders: { kind: 'rabbitmq', queue: 'orders' } },
    dependencies: { db: { kind: 'postgres' } },
    setup: [{ run: `node ${join(demoFolder, 'migrate.mjs')}` }],
    subject: subjectOf({}),
    contract: { identity: { property: 'messageId' }, producerDuplicates: true },
    workload: { body: { orderId: 'o-1001', customer: 'c-7', amount: 25 }, vary: ['/orderId'], amount: '/amount' },
    effects: { invoice: { sql: 'select order_id as id, * from invoices' } },
    horizon: '1s',
    ...change,
  }
}

export interface SubjectChange {
  /** File of a consumer. */
  readonly consumer?: string
  /** A module that is loaded before it. */
  readonly preload?: string
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export function subjectOf({ consumer, preload, command, env }: SubjectChange): SuiteChange {
  return {
    command: command ?? [
      'node', ...preload === undefined ? [] : ['--import', preload], consumer ?? join(demoFolder, 'right.mjs'),
    ],
    env: { RABBITMQ_URL: '{{orders.url}}', DATABASE_URL: '{{db.url}}', QUEUE: '{{orders.queue}}', ...env },
  }
}

export interface Trial {
  readonly suite: SuiteChange
  readonly means?: Means
  readonly faults?: readonly string[]
  readonly budgetMs?: number
  /** Further files beside the suite's, by name. */
  readonly files?: Readonly<Record<string, string>>
}

export interface Tried {
  readonly result: SuiteResult
  /** The run folder. */
  readonly folder: string
}

interface TrialStart {
  /** Names what is to be started. */
  readonly first?: SuiteChange
  readonly kinds?: Kinds
}

/** A stack with a folder for suites and runs; both are gone when it is disposed. A few trials run side by side. */
export interface TrialStack extends AsyncDisposable {
  readonly harness: Harness
  readonly folder: string
  certify(trial: Trial): Promise<Tried>
}

export async function openTrialStack(
  { first: suite = rightSuite(), kinds = shippedKinds }: TrialStart = {},
): Promise<TrialStack> {
  const folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
  const first = join(folder, 'first.suite.json')
  writeFileSync(first, JSON.stringify(suite))
  const harness = await harnessFor(kinds)(folder, [await loadSuite(first, undefined, kinds)], () => undefined)
  let count = 0
  const lane = lanes(TRIALS_AT_ONCE)
  return {
    harness,
    folder,
    certify: (trial) => {
      count += 1
      const mine = count
      return lane(() => certifyIn(harness, { folder, count: mine, trial }))
    },
    [Symbol.asyncDispose]: async () => {
      await harness[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs what it is given, so many at once, in order. */
export function lanes(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = width
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

async function certifyIn(
  harness: Harness,
  { folder, count, trial }: { readonly folder: string; readonly count: number; readonly trial: Trial },
): Promise<Tried> {
  const out = join(folder, `run-${count}`)
  for (const [name, text] of Object.entries(trial.files ?? {})) writeFileSync(join(folder, name), text)
  const file = join(folder, `${count}.suite.json`)
  writeFileSync(file, JSON.stringify(trial.suite))
  const result = await certifySuite(harness, await loadSuite(file, undefined, harness.kinds), {
    suites: [file], out, seed: `trial ${count}`, faults: trial.faults ?? ['kill'], profile: 'quick',
    budgetMs: trial.budgetMs, cells: 2, progress: silent, signal: new AbortController().signal,
    command: 'a test', index: count, many: false, ...trial.means === undefined ? {} : { means: trial.means },
  })
  return { result, folder: out }
}

const silent: Progress = { phase: () => undefined, step: () => undefined, line: () => undefined }

/** Codes of the doubts that keep the green away, each once. */
export function blockingCodes({ judgement }: SuiteResult): string[] {
  return [...new Set(judgement.doubts.filter((doubt) => doubt.blocking).map((doubt) => doubt.code))].sort()
}
