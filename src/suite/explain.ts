/**
 * Every value of a suite with where it came from, and a note where a default needs a reason or an expectation can't
 * be met. The order is that of the loaded suite, so that two spellings of one suite explain alike.
 *
 * Values of an env file are named, never shown.
 */
import { formatPointer, valuesAt } from '../lib/json-pointer.ts'
import { canBeOnce } from './complete.ts'
import { parseEnvFile } from './env-file.ts'
import type { Interpreter } from './interpreter.ts'
import type { LoadedSuite } from './load.ts'
import { readNamedFile } from './read-file.ts'
import { pathText } from './sentences.ts'
import { prepareSubject } from './subject-environment.ts'

export interface ExplainedValue {
  /** `subject.grace`. */
  readonly path: string
  readonly value: unknown
  /** `environment`: found on this machine. */
  readonly origin: 'suite' | 'default' | 'environment'
  readonly note?: string
}

type Path = readonly (string | number)[]

/** Throws UsageError when the subject's interpreter is not there. */
export async function explainSuite(loaded: LoadedSuite, env: NodeJS.ProcessEnv): Promise<ExplainedValue[]> {
  const notes = notesOn(loaded)
  const values = leavesOf(loaded.complete, []).map(({ path, value }): ExplainedValue => {
    const text = pathText(path)
    const note = notes.get(text)
    const origin = isWritten(loaded, path) ? 'suite' : 'default'
    return { path: text, value, origin, ...(note === undefined ? {} : { note }) }
  })
  return [...values, ...await environmentValues(loaded, env)]
}

async function environmentValues({ suite }: LoadedSuite, env: NodeJS.ProcessEnv): Promise<ExplainedValue[]> {
  const { interpreter, next } = await prepareSubject(suite, env)
  const { envFile } = suite.subject
  const file = envFile === undefined ? {} : parseEnvFile(await readNamedFile(envFile, `${suite.name}: subject.envFile`))
  return [
    ...Object.keys(file).map((name): ExplainedValue =>
      ({ path: `subject.envFile.${name}`, value: '(not shown)', origin: 'environment' })),
    { path: 'subject.interpreter', value: shown(interpreter), origin: 'environment' },
    ...next === undefined ? []
      : [{ path: 'subject.next.interpreter', value: shown(next.interpreter), origin: 'environment' as const }],
  ]
}

function shown({ path, version }: Interpreter): string {
  return `${path} ${version ?? '(version unknown)'}`
}

/** Reasons behind defaults, and expectations that nobody can meet. */
function notesOn({ complete, input }: LoadedSuite): Map<string, string> {
  const notes = new Map<string, string>()
  if (complete.horizon === null) notes.set('horizon', '60 s, or three times the longest period seen')
  if (complete.contract.producerDuplicates === null) {
    notes.set('contract.producerDuplicates', 'not declared: duplicates measure and do not accuse')
  }
  if (complete.contract.dedupWindow === null) notes.set('contract.dedupWindow', 'not declared: for ever')
  for (const [name, effect] of Object.entries(complete.effects)) {
    if (!('sql' in effect)) continue
    if (effect.sum !== undefined) notes.set(`effects.${name}.sum`, 'one row per key: the sum of its messages\' amounts')
    if (effect.last !== undefined) notes.set(`effects.${name}.last`, 'one row per key: a value of the newest message')
  }
  if (complete.subject.next === null) notes.set('subject.next', 'not declared: no deploy of another version')
  if (input.subject.lockTtl === undefined) notes.set('subject.lockTtl', 'no lock of its own that outlives it')
  if (complete.faults === null) notes.set('faults', 'those of the profile')
  if (input.workload.vary === undefined) {
    notes.set('workload.vary', complete.workload.vary.length === 0
      ? 'no field looks like an id: messages differ only in their identity' : 'fields whose names look like ids')
  }
  if (input.workload.lanes === undefined && Object.keys(complete.sources).length > 1) {
    notes.set('workload.lanes', 'only the first source gets messages')
  }
  const expected: Readonly<Record<string, unknown>> = complete.expect
  for (const [name, effect] of Object.entries(complete.effects)) {
    if (canBeOnce(effect, input.dependencies ?? {})) continue
    notes.set(`expect.${name}`, expected[name] === 'once'
      ? 'unsatisfiable when a reply is lost: the receiver keeps no keys, so nobody can do better than at-least-once'
      : 'the receiver keeps no keys')
  }
  return notes
}

/** Scalars, lists of scalars and empty things; samples and message bodies are one value. */
function leavesOf(value: unknown, path: Path): { readonly path: Path; readonly value: unknown }[] {
  if (typeof value !== 'object' || value === null || isWhole(path)) return [{ path, value }]
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, i) => [i, item]) : Object.entries(value)
  const isList = Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)
  if (isList || entries.length === 0) return [{ path, value }]
  return entries.flatMap(([key, item]) => leavesOf(item, [...path, key]))
}

function isWhole(path: Path): boolean {
  return pathText(path) === 'workload.samples' || (path.length === 3 && (path[2] === 'body' || path[2] === 'arguments'))
}

function isWritten({ written }: LoadedSuite, path: Path): boolean {
  if (path[0] === 'workload' && path[1] === 'samples') return true
  return valuesAt(written, formatPointer(path.map(String))).length > 0
}
