/**
 * What `zoo --exhaustive` tells: per suite the raw frame boundaries, the worlds that kills there left, and where they
 * say something else than the named points; then the sum. Pure.
 */
import type { Exhaustive } from '../check/exhaustive.ts'

export interface ExhaustiveRow {
  readonly name: string
  readonly boundaries: number
  readonly worlds: number
  readonly points: number
  readonly disagreements: readonly string[]
  /** Boundaries that no kill came to. */
  readonly missed: readonly string[]
  /** Why the suite could not be run. */
  readonly failure?: string
  readonly seconds: number
}

interface Ran {
  readonly name: string
  readonly durationMs: number
  readonly failure?: string
}

/** What was not compared does not agree. */
export function exhaustiveRow({ name, durationMs, failure }: Ran, found: Exhaustive): ExhaustiveRow {
  const { boundaries, worlds, points, disagreements, missed } = found
  const why = failure ?? (boundaries === 0 && disagreements.length === 0 ? 'no boundary was come to' : undefined)
  return {
    name, boundaries, worlds, points, disagreements, missed, seconds: Math.round(durationMs / 1000),
    ...why === undefined ? {} : { failure: why },
  }
}

export function agrees(row: ExhaustiveRow): boolean {
  return row.disagreements.length === 0 && row.failure === undefined
}

export function exhaustiveLine(row: ExhaustiveRow): string {
  const { boundaries, worlds, points, disagreements, missed, seconds, name } = row
  const counts = [
    `${boundaries} boundaries`, `${worlds} worlds`, `${points} points`, `${disagreements.length} differ`,
    `${missed.length} missed`, `${seconds} s`,
  ].map((text, i) => text.padStart(i === 0 ? 15 : 11))
  return `${(agrees(row) ? 'ok' : 'WRONG').padEnd(6)}${counts.join('')}  ${name}`
}

export function exhaustiveSum(rows: readonly ExhaustiveRow[]): string[] {
  const sum = (count: (row: ExhaustiveRow) => number): number => rows.reduce((total, row) => total + count(row), 0)
  return [
    ...rows.flatMap((row) => row.missed.map((place) => `not reached: ${row.name}: ${place}`)),
    ...rows.flatMap((row) => row.disagreements.map((sentence) => `DIFFERS: ${row.name}: ${sentence}`)),
    ...rows.flatMap((row) => (row.failure === undefined ? [] : [`not compared: ${row.name}: ${row.failure}`])),
    `${rows.length} suites: ${sum((row) => row.boundaries)} raw frame boundaries, ${sum((row) => row.worlds)} worlds, `
      + `${sum((row) => row.points)} named kill points, ${sum((row) => row.disagreements.length)} disagreements, `
      + `${sum((row) => row.missed.length)} boundaries not reached, `
      + `${rows.filter((row) => row.failure !== undefined).length} suites not compared`,
  ]
}
