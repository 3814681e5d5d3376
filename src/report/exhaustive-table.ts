/**
 * What `--exhaustive` found, as lines for a person: every boundary with its world and what came of it, the worlds with
 * the named points that leave the same one, and the sentence. Pure; nothing is judged here.
 */
import { worldKey, type Exhaustive, type Struck } from '../check/exhaustive.ts'
import { counted } from './claim.ts'

export function exhaustiveLines(suite: string, found: Exhaustive): string[] {
  const worlds = [...new Map(found.raw.map((one) => [worldKey(one), one.world]))]
    .sort(([, a], [, b]) => a.length - b.length)
  const nameOf = (one: Struck): string => `w${worlds.findIndex(([key]) => key === worldKey(one))}`
  const rows = found.raw.map((one) => [
    one.place, one.frame, nameOf(one), one.shown.join(', ') || 'nothing wrong',
  ])
  return [
    `${suite}: kills at every raw frame boundary`,
    ...table([['boundary', 'withheld', 'world', 'anomalies'], ...rows]),
    ...worlds.flatMap(([key, world], i) => worldLines(`w${i}`, world, found.named.filter((one) => worldKey(one) === key))),
    ...onlyNamed(found),
    ...found.missed.map((place) => `not reached: ${place}`),
    ...found.disagreements.map((sentence) => `DIFFERS: ${sentence}`),
    exhaustiveSentence(found),
  ]
}

export function exhaustiveSentence({ boundaries, worlds, points, disagreements, missed }: Exhaustive): string {
  const agreed = disagreements.length === 0 ? 'same anomalies' : `differ ${counted(disagreements.length, 'time')}`
  return `${counted(boundaries, 'raw frame boundary', 'raw frame boundaries')}, ${counted(worlds, 'distinct world')}, `
    + `${counted(points, 'named kill point')}: ${agreed}${missed.length === 0 ? '' : `, ${missed.length} not reached`}`
}

function worldLines(name: string, world: readonly string[], named: readonly Struck[]): string[] {
  return [
    `${name}: ${world.length === 0 ? 'nothing is done' : `done are ${world.join('; ')}`}`,
    ...named.map((one) => `  named: ${one.place}: ${one.shown.join(', ') || 'nothing wrong'}`),
  ]
}

function onlyNamed({ raw, named }: Exhaustive): string[] {
  const keys = new Set(raw.map(worldKey))
  return named.filter((one) => !keys.has(worldKey(one))).map((one) =>
    `only named: ${one.place}, where done are ${one.world.join('; ')}: ${one.shown.join(', ') || 'nothing wrong'}`)
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}
