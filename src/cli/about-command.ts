/**
 * `explain`, `schema` and `list`: what a suite means, what files look like, what this version can do. Starts nothing.
 */
import { shippedKinds } from '../kinds.ts'
import { faults, profileFaults } from '../faults/registry.ts'
import { UsageError } from '../lib/errors.ts'
import { suggestion } from '../lib/nearest.ts'
import { anomalyKinds, observationKinds } from '../model/anomaly.ts'
import { exitCodes } from '../model/verdict.ts'
import { openTerminal, paint, widthOf, wrap } from '../report/terminal.ts'
import { reportJsonSchema } from '../store/report-schema.ts'
import { explainSuite, type ExplainedValue } from '../suite/explain.ts'
import { openSuite } from '../suite/load.ts'
import { suiteJsonSchema } from '../suite/schema.ts'

export async function explainCommand(suite: string, json: boolean): Promise<number> {
  const values = await explainSuite(await openSuite(suite), process.env)
  if (json) print(values)
  else explain(values)
  return exitCodes.certified
}

function explain(values: readonly ExplainedValue[]): void {
  const terminal = openTerminal(process.stdout, process.env)
  const width = widthOf(terminal)
  for (const { path, value, origin, note } of values) {
    const [first = '', ...rest] = wrap(`${path}: ${shown(value)} (${origin})`, width, { first: '', next: '    ' })
    const lines = [origin === 'suite' ? paint(terminal, 'bold', first) : first, ...rest]
    const notes = note === undefined ? [] : wrap(note, width, { first: '    ', next: '    ' })
    for (const line of [...lines, ...notes]) terminal.write(`${line}\n`)
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value) ?? 'not set'
}

const schemas: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
  suite: suiteJsonSchema, report: reportJsonSchema,
}

export async function schemaCommand(what: string): Promise<number> {
  const schema = Object.hasOwn(schemas, what) ? schemas[what] : undefined
  if (schema === undefined) {
    throw new UsageError(`there is no schema '${what}'${suggestion(what, Object.keys(schemas))}`)
  }
  print(schema())
  return await Promise.resolve(exitCodes.certified)
}

export async function listCommand(json: boolean): Promise<number> {
  const list = {
    faults: Object.values(faults).map(({ name, story }) => ({ name, story, profiles: profilesOf(name) })),
    anomalies: anomalyKinds,
    observations: observationKinds,
    sources: Object.keys(shippedKinds.sources),
    dependencies: Object.keys(shippedKinds.dependencies),
  }
  if (json) {
    print(list)
  } else {
    const terminal = openTerminal(process.stdout, process.env)
    const lines = [
      'faults',
      ...list.faults.flatMap(({ name, story, profiles }) => wrap(
        `${story} (${profiles.join(', ')})`, widthOf(terminal), { first: `  ${name.padEnd(12)}`, next: ' '.repeat(14) },
      )),
      ...(['anomalies', 'observations', 'sources', 'dependencies'] as const)
        .flatMap((key) => [key, ...wrap(list[key].join(', '), widthOf(terminal), { first: '  ', next: '  ' })]),
    ]
    for (const line of lines) terminal.write(`${line}\n`)
  }
  return await Promise.resolve(exitCodes.certified)
}

function profilesOf(fault: string): string[] {
  return Object.entries(profileFaults).filter(([, names]) => names.some((name) => name === fault))
    .map(([profile]) => profile)
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
