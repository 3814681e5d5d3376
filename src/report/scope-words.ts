/**
 * What a run set out to do and what it left out, in words; the only place that words it.
 *
 * Three things are never said for one another: `not applicable` is evidence that a fault can't happen there, `left out`
 * is the choice of the suite or the lack of a place, `not exercised` is what was planned and did not come about. Names
 * of faults are given where a person chose them; a profile's are counted, because its name says them.
 */
import { profileFaults } from '../faults/registry.ts'
import type { ScopeFacts, SuiteResult } from '../model/run.ts'
import type { LeftOut, PointCell } from '../model/verdict.ts'

/** What words about the scope are made of; a stored suite has it too. */
export interface ScopedSuite {
  readonly profile: SuiteResult['profile']
  readonly scope: ScopeFacts
  readonly leftOut: readonly LeftOut[]
  readonly grid: readonly {
    readonly point: string
    readonly context: string
    readonly faults: Readonly<Record<string, Cell>>
  }[]
}

/** Of a judgement, or of a report, in which nothing is undefined. */
export type Cell = Omit<PointCell, 'worst'> & { readonly worst: string | null | undefined }

export function scopedSuite({ profile, scope, judgement }: Pick<SuiteResult, 'profile' | 'scope' | 'judgement'>):
ScopedSuite {
  return { profile, scope, leftOut: judgement.leftOut, grid: judgement.grid }
}

/** `kill, stop and cut`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1)
  return words.length < 2 ? last ?? '' : `${words.slice(0, -1).join(', ')} and ${last ?? ''}`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** The fault that a name is a variant of: `error 40P01` is one kind of the fault `error`. */
export function kindOf(fault: string): string {
  return fault.split(' ')[0] ?? fault
}

/** Short enough for the last line: `profile full`, and what of it was not asked for. */
export function profileWords(suite: Pick<ScopedSuite, 'profile' | 'scope' | 'leftOut'>): string {
  const forbidden = suite.leftOut.filter(({ by }) => by === 'suite').length
  const rest = forbidden === 0 ? '' : `, ${counted(forbidden, 'kind')} of fault left out`
  return `profile ${suite.profile}${choiceWords(suite)}${rest}`
}

function choiceWords({ profile, scope }: Pick<ScopedSuite, 'profile' | 'scope'>): string {
  if (scope.partial) return ', faults chosen by hand'
  return isProfile(profile, scope) ? '' : ', the suite\'s own faults'
}

/** `full: 21 kinds`, or the names where a person chose them. */
export function faultWords({ profile, scope, leftOut }: Pick<ScopedSuite, 'profile' | 'scope' | 'leftOut'>): string {
  const without = leftOut.length === 0 ? '' : `, ${leftOut.length} of them left out`
  const all = isProfile(profile, scope) && !scope.partial
    ? `${profile}: ${counted(scope.faults.length, 'kind')}` : listed(scope.faults)
  return `${all}${without}`
}

function isProfile(profile: ScopedSuite['profile'], { faults }: ScopeFacts): boolean {
  const own: readonly string[] = profileFaults[profile]
  return own.length === faults.length && own.every((fault) => faults.includes(fault))
}

/** What the scope does not hold of what this version could do; undefined when nothing. */
export function outsideOf(scope: ScopeFacts): string | undefined {
  const kinds = new Set(scope.faults.map(kindOf))
  const parts = [
    ...scope.contexts.includes('warm') ? [] : ['warm incarnations'],
    ...scope.contexts.includes('convoy') ? [] : ['convoys'],
    ...profileFaults.full.filter((fault) => !kinds.has(fault)),
  ]
  return parts.length === 0 ? undefined : listed(parts)
}

/** What was to be done, by the scope, and was not planned: one sentence for each reason. */
export function leftOutWords(suite: ScopedSuite): string[] {
  const kinds = [
    ...grouped(suite.leftOut.filter(({ by }) => by === 'subject'), ({ why }) => why)
      .map(([why, all]) => `${names(all)}, not applicable: ${why}`),
    ...grouped(suite.leftOut.filter(({ by }) => by === 'suite'), ({ why }) => why)
      .map(([why, all]) => `${names(all)}: ${why}`),
  ]
  const placeless = placelessOf(suite)
  const nowhere = placeless.length === 0 ? [] : [`${listed(placeless)}: no point was found for ${
    placeless.length === 1 ? 'it' : 'them'}`]
  return [...kinds, ...nowhere]
}

/** Where a planned fault turned out to be impossible, by its evidence. */
export function notApplicableWords(suite: ScopedSuite): string[] {
  const cells = suite.grid.flatMap((row) => Object.entries(row.faults)
    .filter(([, cell]) => endOf(cell) === 'not-applicable')
    .map(([fault, cell]) => ({ fault, why: cell.why ?? 'no reason was written down' })))
  return grouped(cells, ({ fault, why }) => `${fault}\n${why}`).map(([, all]) =>
    `${all[0]?.fault ?? ''} at ${counted(all.length, 'point')}, not applicable: ${all[0]?.why ?? ''}`)
}

/** Kinds that were carried out at least once. */
export function carriedOutKinds({ grid }: Pick<ScopedSuite, 'grid'>): string[] {
  const fired = grid.flatMap((row) => Object.entries(row.faults).filter(([, cell]) => cell.fired > 0))
  return [...new Set(fired.map(([fault]) => kindOf(fault)))]
}

/** In results of older versions the counts say it, which can't tell what is not applicable. */
export function endOf(cell: Cell): NonNullable<PointCell['end']> {
  return cell.end ?? (cell.fired < cell.planned ? 'not-exercised' : 'fired')
}

/** Nothing forbids them, and no operation of the subject is a place for them. */
function placelessOf({ scope, leftOut, grid }: ScopedSuite): string[] {
  if (grid.length === 0) return []
  const placed = new Set(grid.flatMap((row) => Object.keys(row.faults).flatMap((fault) => [fault, kindOf(fault)])))
  return scope.faults.filter((fault) => !placed.has(fault) && !leftOut.some((one) => one.fault === fault))
}

function names(all: readonly LeftOut[]): string {
  return listed(all.map(({ fault }) => fault))
}

function grouped<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...groups.get(key(item)) ?? [], item])
  return [...groups]
}
