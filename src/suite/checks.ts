/**
 * What the schema can't see because it depends on another place of the suite: names that must exist, names that clash,
 * pointers into the samples, templates. Every finding is one sentence; none is thrown here.
 */
import { parsePointer, scalarsOf, valuesAt } from '../lib/json-pointer.ts'
import { suggestion } from '../lib/nearest.ts'
import { HarnessError } from '../lib/errors.ts'
import type { Kinds } from '../kinds.ts'
import { faults } from '../faults/registry.ts'
import { isVariable } from '../plan/workload.ts'
import { namesOfKind } from './complete.ts'
import { hostedProblems } from './hosted.ts'
import { fieldsOf, queuesOf, type LinkInput } from './link-schema.ts'
import { phraseAt } from './phrases.ts'
import type { SuiteDocument } from './schema.ts'
import { checkTemplate, ownTemplateNames, templateNames } from './template.ts'

const linkName = /^[A-Za-z][\w-]*$/
const reservedLinks = new Set(ownTemplateNames.map((name) => name.split('.')[0] ?? name))
const reservedExpectations = ['deadLetter', 'reject', 'order']
/** Leaves room for the id and the key among the slots of a message. */
const variedMax = 60

/** One sentence per thing that is wrong, without the file's name. */
export function problemsOf(input: SuiteDocument, samples: readonly unknown[], kinds: Kinds): string[] {
  return [
    ...linkProblems(input),
    ...workloadSourceProblems(input),
    ...laneProblems(input),
    ...lodgingProblems(input, kinds),
    ...settlementProblems(input),
    ...pointerProblems(input, samples),
    ...effectProblems(input, samples),
    ...queueProblems(input, kinds),
    ...expectProblems(input),
    ...faultProblems(input),
    ...nextProblems(input),
    ...hostedProblems(input, kinds),
    ...templateProblems(input, kinds),
  ]
}

/** Every name that a template of this suite may hold. */
export function templateNamesOf(input: SuiteDocument, kinds: Kinds): string[] {
  const fields = (table: Kinds['dependencies'], links: SuiteDocument['sources'] = {}): string[] =>
    Object.entries(links).flatMap(([name, link]) => fieldsOf(table, link).map((field) => `${name}.${field}`))
  return [
    ...fields(kinds.sources, input.sources), ...fields(kinds.dependencies, input.dependencies),
    ...ownTemplateNames,
  ]
}

function linkProblems(input: SuiteDocument): string[] {
  const sources = Object.keys(input.sources)
  const dependencies = Object.keys(input.dependencies ?? {})
  const named = [...sources.map((name) => `sources.${name}`), ...dependencies.map((name) => `dependencies.${name}`)]
  return [
    ...(sources.length > 0 ? []
      : [`sources: at least one is needed; write ${phraseAt(['sources'])?.write ?? ''}`]),
    ...named.filter((path) => !linkName.test(nameIn(path)))
      .map((path) => `${path}: a link's name is letters, digits, '-' and '_', and begins with a letter`),
    ...named.filter((path) => reservedLinks.has(nameIn(path)))
      .map((path) => `${path}: '${nameIn(path)}' is a name of the templates' own; choose another`),
    ...dependencies.filter((name) => sources.includes(name))
      .map((name) => `dependencies.${name}: there is a source of this name; links need names of their own`),
  ]
}

function nameIn(path: string): string {
  return path.slice(path.indexOf('.') + 1)
}

function workloadSourceProblems({ workload }: SuiteDocument): string[] {
  const given = (['from', 'body', 'samples'] as const).filter((key) => workload[key] !== undefined)
  if (given.length === 1) return []
  if (given.length === 0) {
    return ["workload: no sample; write body: { orderId: 'o-1' }, samples: [...] or from: 'orders.jsonl'"]
  }
  return [`workload.${given[1] ?? ''}: only one of from, body and samples, and there is ${given[0] ?? ''} already`]
}

function laneProblems({ workload: { lanes = [] }, sources }: SuiteDocument): string[] {
  const known = Object.keys(sources)
  return lanes.flatMap((lane, i) => {
    const at = `workload.lanes[${i}]`
    if (lanes.indexOf(lane) < i) return [`${at}: '${lane}' is there already; write each lane once`]
    return known.includes(lane) ? [] : [`${at}: there is no source '${lane}'${suggestion(lane, known)}`]
  })
}

/** A source that is part of a dependency has its link: two on one link could not be told apart. */
function lodgingProblems(input: SuiteDocument, kinds: Kinds): string[] {
  const { sources, dependencies = {}, workload: { lanes = [] } } = input
  const taken = new Map<string, string>()
  return Object.entries<LinkInput>(sources).flatMap(([name, source]) => {
    const host = kinds.sources[source.kind]?.lodgesIn
    if (host === undefined) return []
    const known = namesOfKind(dependencies, host)
    const written = typeof source['in'] === 'string' ? source['in'] : undefined
    const at = written ?? known[0] ?? ''
    const other = taken.get(at)
    taken.set(at, name)
    return [
      ...reference(`sources.${name}.in`, written, { known, kind: `${host} dependency` }),
      ...(other === undefined ? [] : [`sources.${name}: '${other}' is part of ${at} already; one source can be`]),
      ...(lanes.length > 1 && lanes.includes(name)
        ? [`workload.lanes: '${name}' has no link of its own, and can't take turns with others`] : []),
    ]
  })
}

function settlementProblems({ settlement, dependencies = {} }: SuiteDocument): string[] {
  if (typeof settlement !== 'object') return []
  const known = namesOfKind(dependencies, 'postgres')
  return reference('settlement.in', settlement.in, { known, kind: 'postgres dependency' })
}

function pointerProblems({ workload, contract }: SuiteDocument, samples: readonly unknown[]): string[] {
  if (samples.length === 0) return []
  const vary = workload.vary ?? []
  const identity = contract?.identity
  const declared: [string, string | undefined][] = [
    ...vary.map((pointer, i): [string, string] => [`workload.vary[${i}]`, pointer]),
    ['workload.key', workload.key],
    ['workload.amount', workload.amount],
    ['contract.identity.pointer', identity !== undefined && 'pointer' in identity ? identity.pointer : undefined],
  ]
  const clashing = ([['key', workload.key], ['amount', workload.amount]] as const)
    .filter(([, pointer]) => pointer !== undefined && vary.includes(pointer))
    .map(([name, pointer]) => `workload.${name}: '${pointer ?? ''}' is in workload.vary too; leave it out there`)
  const varied = Math.max(...samples.map((sample) =>
    vary.flatMap((pointer) => safely(() => valuesAt(sample, pointer))).length))
  return [
    ...declared.flatMap(([where, pointer]) => pointer === undefined ? [] : onePointer(where, pointer, samples)),
    ...clashing,
    ...(varied <= variedMax ? []
      : [`workload.vary: it matches ${varied} values of a sample; at most ${variedMax} can vary`]),
  ]
}

/** A pointer must match text or a number; an identity must do so in every sample. */
function onePointer(where: string, pointer: string, samples: readonly unknown[]): string[] {
  try {
    parsePointer(pointer)
  } catch (error) {
    return [`${where}: ${error instanceof HarnessError ? error.message : String(error)}`]
  }
  const found = samples.map((sample) => valuesAt(sample, pointer))
  const known = [...new Set(samples.flatMap((sample) => scalarsOf(sample)).map((scalar) => scalar.pointer))]
  if (found.every((values) => values.length === 0)) {
    return [`${where}: no sample has a value at '${pointer}'${suggestion(pointer, known)}`]
  }
  if (where === 'contract.identity.pointer' && found.some((values) => values.length !== 1)) {
    return [`${where}: every sample needs exactly one value at '${pointer}'`]
  }
  const odd = found.flat().find(({ value }) => !isVariable(value))
  return odd === undefined ? []
    : [`${where}: the value at '${odd.pointer}' is neither text nor a number, so it can't vary`]
}

function safely<T>(find: () => T[]): T[] {
  try {
    return find()
  } catch (error) {
    if (error instanceof HarnessError) return []
    throw error
  }
}

function effectProblems(input: SuiteDocument, samples: readonly unknown[]): string[] {
  const dependencies = input.dependencies ?? {}
  return Object.entries(input.effects ?? {}).flatMap(([name, effect]) => {
    const where = `effects.${name}`
    if (reservedExpectations.includes(name)) return [`${where}: '${name}' is a key of expect; choose another name`]
    const ofKind = (kind: string) => ({ known: namesOfKind(dependencies, kind), kind: `${kind} dependency` })
    if ('sql' in effect) {
      return [
        ...reference(`${where}.in`, effect.in, ofKind('postgres')),
        ...sharedProblems(where, effect, { input, samples }),
      ]
    }
    if ('http' in effect) return reference(`${where}.http.to`, effect.http.to, ofKind('http'))
    const sources = { known: Object.keys(input.sources), kind: 'source' }
    return 'topic' in effect ? reference(`${where}.topic.source`, effect.topic.source, sources)
      : reference(`${where}.queue.source`, effect.queue.source, sources)
  })
}

/** Where a broker has no queue but those that are declared, a name that is none of them would never hold anything. */
function queueProblems(input: SuiteDocument, kinds: Kinds): string[] {
  const [first = ''] = Object.keys(input.sources)
  const check = (where: string, sources: readonly string[], queue: string): string[] => {
    const known = sources.map((name) => {
      const link = input.sources[name]
      return link === undefined ? undefined : queuesOf(kinds.sources, link, name)
    })
    const all = known.flatMap((queues) => queues ?? [])
    return known.includes(undefined) || all.includes(queue) || all.length === 0 ? []
      : [`${where}: ${sources.join(', ')} declares no '${queue}'${suggestion(queue, all)}`]
  }
  const effects = Object.entries(input.effects ?? {}).flatMap(([name, effect]) => {
    if ('queue' in effect) {
      return check(`effects.${name}.queue.queue`, [effect.queue.source ?? first], effect.queue.queue)
    }
    return 'topic' in effect
      ? check(`effects.${name}.topic.topic`, [effect.topic.source ?? first], effect.topic.topic) : []
  })
  const all = Object.keys(input.sources)
  const dead = input.expect?.deadLetter ?? []
  return [...effects, ...dead.flatMap((queue, i) => check(`expect.deadLetter[${i}]`, all, queue))]
}

interface Given {
  readonly input: SuiteDocument
  readonly samples: readonly unknown[]
}

type SqlEffect = Extract<NonNullable<SuiteDocument['effects']>[string], { sql: string }>

/** A row that several messages share is found by their key, and by what each of them adds to it. */
function sharedProblems(where: string, { sql, sum, last }: SqlEffect, { input, samples }: Given): string[] {
  const { workload } = input
  const column = sum ?? last
  if (column === undefined) return []
  const option = sum === undefined ? 'last' : 'sum'
  const at = `${where}.${option}`
  const named = sql.includes('*') || new RegExp(`(?<![\\w$])${escaped(column)}(?![\\w$])`, 'i').test(sql)
  return [
    ...(sum !== undefined && last !== undefined
      ? [`${where}: sum and last at once; make two effects of them`] : []),
    ...(workload.key !== undefined ? []
      : [`${at}: a row per key needs to know the key; write workload.key, as in key: '/customer'`]),
    ...(sum === undefined || workload.amount !== undefined ? []
      : [`${at}: a sum needs what each message adds; write workload.amount, as in amount: '/amount'`]),
    ...[workload.key, ...sum === undefined ? [] : [workload.amount]].flatMap((pointer) => (
      pointer === undefined || samples.every((sample) => safely(() => valuesAt(sample, pointer)).length === 1) ? []
        : [`${at}: every sample needs exactly one value at '${pointer}'`])),
    ...(named ? [] : [`${at}: the query has no column '${column}'; select it, as in select customer as id, ${column}`]),
  ]
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w\s]/g, '\\$&')
}

interface Candidates {
  readonly known: readonly string[]
  readonly kind: string
}

/** A name that must be one of those of a kind; it may be left out where there is exactly one. */
function reference(where: string, name: string | undefined, { known, kind }: Candidates): string[] {
  if (name !== undefined && known.includes(name)) return []
  if (name !== undefined) return [`${where}: there is no ${kind} '${name}'${suggestion(name, known)}`]
  if (known.length === 1) return []
  const hint = known.length === 0 ? `the suite has no ${kind}` : `which ${kind}? Write one of ${known.join(', ')}`
  return [`${where}: ${hint}`]
}

function expectProblems(input: SuiteDocument): string[] {
  const effects = Object.keys(input.effects ?? {})
  const known = [...effects, ...reservedExpectations]
  return Object.keys(input.expect ?? {})
    .filter((name) => !reservedExpectations.includes(name) && !effects.includes(name))
    .map((name) => `expect.${name}: there is no effect '${name}'${suggestion(name, known)}`)
}

function faultProblems(input: SuiteDocument): string[] {
  const known = Object.keys(faults)
  return (input.faults ?? []).flatMap((name, i) =>
    known.includes(name) ? [] : [`faults[${i}]: there is no fault '${name}'${suggestion(name, known)}`])
}

function nextProblems({ subject: { next } }: SuiteDocument): string[] {
  return next === undefined || next.command !== undefined || next.env !== undefined ? []
    : ["subject.next: it differs in nothing; write next: { command: [...] } or next: { env: { VERSION: '2' } }"]
}

function templatesInCommand(where: string, command: readonly string[]): string[] {
  return command.flatMap((word, i) => templateNames(word).length === 0 ? []
    : [`${where}.command[${i}]: templates are for ${where}.env; put ${word} into a variable there`])
}

function variablesIn(where: string, env: SuiteDocument['subject']['env'] = {}): [string, string][] {
  return Object.entries(env).map(([name, value]) => [`${where}.env.${name}`, String(value)])
}

function templateProblems(input: SuiteDocument, kinds: Kinds): string[] {
  const known = templateNamesOf(input, kinds)
  const { command, env, next } = input.subject
  const commands = [
    ...templatesInCommand('subject', command ?? []), ...templatesInCommand('subject.next', next?.command ?? []),
  ]
  const texts: [string, string][] = [
    ...variablesIn('subject', env), ...variablesIn('subject.next', next?.env),
    ...(input.setup ?? []).map(({ run }, i): [string, string] => [`setup[${i}].run`, run]),
  ]
  return [...commands, ...texts.flatMap(([where, text]) => {
    try {
      checkTemplate(text, known, where)
      return []
    } catch (error) {
      if (error instanceof HarnessError) return [error.message]
      throw error
    }
  })]
}
