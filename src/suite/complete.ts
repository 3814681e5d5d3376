/**
 * Fills in every default, in the form that an author would write: what `explain` prints, and what the loaded suite is
 * made of. A key that stands here and not in the input is a default; null means "not declared".
 */
import { resolve } from 'node:path'
import type { Kinds } from '../kinds.ts'
import type { Expectation } from '../model/effect.ts'
import { variedByDefault } from '../plan/workload.ts'
import { hostedSubject } from './hosted.ts'
import { completeLink, type LinkInput } from './link-schema.ts'
import type { SuiteDocument } from './schema.ts'

type EffectInput = NonNullable<SuiteDocument['effects']>[string]
type Dependencies = Readonly<Record<string, LinkInput>>
type HttpEffect = Extract<EffectInput, { http: unknown }>['http']
type QueueEffect = Extract<EffectInput, { queue: unknown }>['queue']

/** An effect that says where it is read back. */
type CompleteEffect =
  | { readonly sql: string; readonly in: string; readonly sum?: string; readonly last?: string }
  | { readonly http: { readonly to: string; readonly id: HttpEffect['id'] } }
  | { readonly queue: { readonly source: string; readonly queue: string; readonly id: QueueEffect['id'] } }
  | { readonly topic: { readonly source: string; readonly topic: string; readonly id: QueueEffect['id'] } }

export type CompleteSuite = ReturnType<typeof completeSuite>

export interface Beside {
  /** Name for a suite that gives itself none. */
  readonly fileName: string
  /** Absolute folder of the suite file. */
  readonly folder: string
  /** Sample bodies, wherever they were written. */
  readonly samples: readonly unknown[]
  readonly kinds: Kinds
}

export function completeSuite(input: SuiteDocument, beside: Beside) {
  const { fileName, samples, kinds } = beside
  const dependencies = input.dependencies ?? {}
  const effects = mapValues(input.effects ?? {}, (effect) => completeEffect(effect, input))
  const { deadLetter, reject, order, ...expected } = input.expect ?? {}
  return {
    name: input.name ?? fileName,
    sources: mapValues(input.sources, (source, name) => completeSource(source, name, { input, kinds })),
    dependencies: mapValues(dependencies, (link, name) => completeLink(kinds.dependencies, link, name)),
    setup: input.setup ?? [],
    subject: completeSubject(input, beside),
    contract: completeContract(input.contract ?? {}),
    workload: completeWorkload(input, samples),
    effects,
    expect: {
      ...mapValues(effects, (effect, name) => expected[name] ?? defaultExpectation(effect, dependencies)),
      deadLetter: deadLetter ?? [],
      reject: reject ?? false,
      order: order ?? 'none',
    },
    horizon: input.horizon ?? null,
    settlement: completeSettlement(input),
    allow: { egress: input.allow?.egress ?? [] },
    profile: input.profile ?? 'quick',
    faults: input.faults ?? null,
    versions: mapValues(input.versions ?? {}, String),
  }
}

/** A part of a dependency says which, also where there is only one. */
function completeSource(
  source: LinkInput, name: string, { input, kinds }: { readonly input: SuiteDocument; readonly kinds: Kinds },
): LinkInput {
  const complete = completeLink(kinds.sources, source, name)
  const host = kinds.sources[source.kind]?.lodgesIn
  if (host === undefined) return complete
  const { kind, ...settings } = complete
  return { kind, in: namesOfKind(input.dependencies ?? {}, host)[0] ?? '', ...settings }
}

function completeSettlement({ settlement = 'wire', dependencies = {} }: SuiteDocument) {
  if (typeof settlement === 'string') return settlement
  return { sql: settlement.sql, in: settlement.in ?? namesOfKind(dependencies, 'postgres')[0] ?? '' }
}

/** Names of the dependencies of a kind: an effect that names none means the only one. */
export function namesOfKind(all: Readonly<Record<string, { readonly kind: string }>>, kind: string): string[] {
  return Object.keys(all).filter((name) => all[name]?.kind === kind)
}

/** Nobody can do better than at least once where the receiver keeps no keys. */
export function canBeOnce(effect: CompleteEffect, dependencies: Dependencies): boolean {
  if (!('http' in effect)) return true
  const to = dependencies[effect.http.to]
  return to !== undefined && to['dedup'] !== undefined
}

function defaultExpectation(effect: CompleteEffect, dependencies: Dependencies): Expectation {
  return canBeOnce(effect, dependencies) ? 'once' : 'at-least-once'
}

function completeSubject(input: SuiteDocument, { folder, kinds }: Beside) {
  const { subject } = input
  const { handler } = subject
  const hosted = handler === undefined ? undefined : hostedSubject(resolve(folder, handler), input, kinds)
  return {
    command: hosted?.command ?? subject.command ?? [],
    handler: handler ?? null,
    client: subject.client ?? null,
    cwd: subject.cwd ?? '.',
    env: mapValues({ ...hosted?.env, ...subject.env }, String),
    envFile: subject.envFile ?? null,
    grace: subject.grace ?? '10s',
    restart: subject.restart ?? 'always',
    backoff: subject.backoff ?? '0s',
    exclusive: subject.exclusive ?? false,
    instances: subject.instances ?? 1,
    next: completeNext(subject),
    lockTtl: subject.lockTtl ?? '0s',
  }
}

/** The next version is the subject where it says nothing else. */
function completeNext({ next, command, env }: SuiteDocument['subject']) {
  return next === undefined ? null
    : { command: next.command ?? command ?? [], env: mapValues({ ...env, ...next.env }, String) }
}

function completeContract(contract: NonNullable<SuiteDocument['contract']>) {
  return {
    identity: contract.identity ?? { property: 'messageId' as const },
    producerDuplicates: contract.producerDuplicates ?? null,
    replayWithin: contract.replayWithin ?? null,
    dedupWindow: contract.dedupWindow ?? null,
  }
}

function completeWorkload(input: SuiteDocument, samples: readonly unknown[]) {
  const { vary, key, amount, headers, lanes } = input.workload
  const fixed = [key, amount].filter((pointer) => pointer !== undefined)
  return {
    samples,
    vary: vary ?? variedByDefault(samples, fixed),
    key: key ?? null,
    amount: amount ?? null,
    headers: mapValues(headers ?? {}, String),
    lanes: lanes ?? Object.keys(input.sources).slice(0, 1),
  }
}

function completeEffect(effect: EffectInput, input: SuiteDocument): CompleteEffect {
  const only = (kind: string) => namesOfKind(input.dependencies ?? {}, kind)[0] ?? ''
  if ('sql' in effect) {
    const { sql, sum, last } = effect
    const shared = { ...sum === undefined ? {} : { sum }, ...last === undefined ? {} : { last } }
    return { sql, in: effect.in ?? only('postgres'), ...shared }
  }
  if ('http' in effect) return { http: { to: effect.http.to ?? only('http'), id: effect.http.id } }
  const [source = ''] = Object.keys(input.sources)
  if ('topic' in effect) return { topic: { ...effect.topic, source: effect.topic.source ?? source } }
  return { queue: { ...effect.queue, source: effect.queue.source ?? source } }
}

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>, map: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
