/**
 * From a loaded suite to a campaign's context on a running stack: databases prepared, setup commands run once, the
 * workload seeded.
 */
import { cpus } from 'node:os'
import { wallTime } from '../lib/clock.ts'
import { assert } from '../lib/assert.ts'
import type { Conformance, DatabaseTemplate } from '../model/edges.ts'
import type { Suite } from '../model/suite.ts'
import { makeMessages } from '../plan/workload.ts'
import { renderSetupEnvironment, type SubjectCommand } from '../suite/subject-environment.ts'
import { runSetupCommand } from '../subject/setup-command.ts'
import { CampaignContext } from './campaign-context.ts'
import type { Means } from './means.ts'
import { MessageSource } from './message-source.ts'
import type { Harness } from './harness.ts'
import type { Recorder } from './recorder.ts'

export interface ContextOptions {
  readonly recorder: Recorder
  readonly subject: SubjectCommand
  readonly seed: string
  readonly index: number
  readonly signal: AbortSignal
  readonly means?: Means
}

/** Prepares the databases, runs the suite's setup once, and hands out the campaign's context. */
export async function inContext<T>(
  harness: Harness, suite: Suite, options: ContextOptions, work: (context: CampaignContext) => Promise<T>,
): Promise<T> {
  const { stack, edges } = harness
  await using opened = new AsyncDisposableStack()
  const templates = new Map<string, DatabaseTemplate>()
  for (const [name, dependency] of Object.entries(suite.dependencies)) {
    const database = edges[dependency.kind]?.database
    if (database === undefined) continue
    const server = stack.servers[dependency.kind]
    assert(server !== undefined, `${dependency.kind} was started`)
    const template = opened.use(await database.prepare(server, `s${options.index}_${name}`, dependency.settings))
    templates.set(name, template)
  }
  await runSetup(harness, suite, options, templates)
  return await work(new CampaignContext({
    suite, stack, edges, ledger: harness.ledger, recorder: options.recorder, databases: templates,
    signal: options.signal, command: options.subject, messages: messages(suite, options.seed),
    conformance: () => conformance(harness, suite),
    cellPrefix: `s${options.index}`, partTemplates: harness.partTemplates,
    ...options.means === undefined ? {} : { means: options.means },
  }))
}

/** Of every server that a source is on. */
async function conformance(harness: Harness, suite: Suite): Promise<readonly Conformance[]> {
  const kinds = new Set(Object.values(suite.sources).map(({ kind }) => kind))
  return (await Promise.all([...kinds].map((kind) => harness.conformance(kind)))).flat()
}

async function runSetup(
  harness: Harness, suite: Suite, { subject, recorder }: ContextOptions,
  templates: ReadonlyMap<string, DatabaseTemplate>,
): Promise<void> {
  const values: Record<string, string> = { ...harness.partTemplates }
  for (const [name, template] of templates) {
    for (const [field, value] of Object.entries(template.template)) values[`${name}.${field}`] = value
  }
  for (const { run } of suite.setup) {
    await runSetupCommand(harness.ledger, {
      suite: suite.name, run, cwd: suite.subject.cwd, env: renderSetupEnvironment(suite, subject, values),
      quote: (output) => recorder.quote(output),
    })
  }
}

function messages(suite: Suite, seed: string): MessageSource {
  return new MessageSource(makeMessages(suite.workload, suite.contract, seed), suite.workload.lanes)
}

export function recordStart(
  recorder: Recorder, harness: Harness, options: { readonly seed: string; readonly command: string },
): void {
  recorder.record('', undefined, {
    type: 'run-started', seed: options.seed, command: options.command, startedAt: wallTime(),
    host: { cores: cpus().length, node: process.version, platform: process.platform },
    versions: harness.stack.versions,
  })
}
