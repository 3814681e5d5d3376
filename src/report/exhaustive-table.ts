/**
 * What `--exhaustive` found, as lines for a person: every boundary with its world and what came of it, the worlds with
 * the named points that leave the same one, and the sentence. Pure; nothing is judged here.
 */
import { worldKey, type Exhaustive, type Struck } from '../check/exhaustive.ts'
import { counted } from './scope-words.ts'

export function exhaustiveLines(suite: string, found: Exhaustive): string[] {
  const worlds = [...new Map(found.raw.map((one) => [worldKey(one), one.world]))]
    .sort(([, a], [, b]) => a.length - b.length)
  const numbers = new Map(worlds.map(([key], i) => [key, i]))
  const numberOf = (one: Struck): number => numbers.get(worldKey(one)) ?? -1
  const rows = found.raw.toSorted((a, b) => numberOf(a) - numberOf(b))
    .map((one) => [`w${numberOf(one)}`, one.place, one.frame, outcomeOf(one)])
  return [
    `${suite}: kills at every raw frame boundary`,
    // No columns: a terminal folds these lines like all others.
    ...[['world', 'boundary', 'withheld', 'anomalies'], ...rows].map((row) => row.join(' | ')),
    ...worlds.flatMap(([key, world], i) =>
      worldLines(`w${i}`, world, found.named.filter((one) => worldKey(one) === key))),
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
    ...named.map((one) => `  named: ${one.place}: ${outcomeOf(one)}`),
  ]
}

function onlyNamed({ raw, named }: Exhaustive): string[] {
  const keys = new Set(raw.map(worldKey))
  return named.filter((one) => !keys.has(worldKey(one))).map((one) =>
    `only named: ${one.place}, where done are ${one.world.join('; ')}: ${outcomeOf(one)}`)
}

function outcomeOf({ shown }: Struck): string {
  return shown.join(', ') || 'nothing wrong'
}
