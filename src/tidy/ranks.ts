/**
 * Who may know whom (design section 5): a folder imports from lower ranks only, types included, never sideways.
 *
 * Files of one folder may import each other, without cycles. What is nowhere in the table is a new part, and its rank
 * has to be decided here first.
 */
import { posix } from 'node:path'
import type { TidyFile, Violation } from './project.ts'
import { importedBy, stringOf, type Node } from './syntax.ts'

const areasByRank: readonly (readonly string[])[] = [
  ['lib'],
  ['model'],
  ['wire', 'check', 'plan', 'faults'],
  ['tap', 'broker', 'database', 'parts', 'stack', 'subject', 'sink', 'store'],
  ['nemesis', 'report', 'kinds.ts'],
  ['suite'],
  ['run'],
  ['cli', 'index.ts', 'vitest.ts'],
  // Programs of this repository that are not in the package.
  ['tidy', 'tidy.test.ts', 'package.it.ts'],
]

const rankOf = new Map(areasByRank.flatMap((areas, rank) => areas.map((area): [string, number] => [area, rank])))

/** Nothing imports them: they are started, imported by users, or named in package.json. */
const entries: readonly string[] = [
  'src/index.ts', 'src/vitest.ts', 'src/cli/bin.ts', 'src/cli/zoo.ts', 'src/cli/bench.ts',
  'src/cli/kafka-table.ts', 'src/report/terminal-picture.ts',
]

interface Import {
  readonly node: Node
  /** Path of the imported file relative to the root; undefined for a package. */
  readonly path: string | undefined
  readonly text: string
}

export function importsOf(file: TidyFile): Import[] {
  return file.nodes.flatMap((node): Import[] => {
    const text = importedBy(node)
    if (text === undefined) return []
    const path = text.startsWith('.') ? posix.join(posix.dirname(file.path), text) : undefined
    return [{ node, path, text }]
  })
}

export function checkRanks(files: readonly TidyFile[]): Violation[] {
  return files.flatMap((file) => {
    const rank = rankOf.get(file.area)
    const unknown = rank === undefined
      ? [at(file, 'rank', 1, `${file.area} has no rank; decide it in tidy/ranks.ts`)] : []
    return [...unknown, ...importsOf(file).flatMap(({ node, path }) => {
      if (path === undefined || !path.startsWith('src/')) return []
      const [, area = ''] = path.split('/')
      const other = rankOf.get(area)
      if (area === file.area || rank === undefined || other === undefined || other < rank) return []
      if (other === rank && setsStage(file)) return []
      const why = other === rank ? 'sideways' : 'upwards'
      return [at(file, 'rank', file.lineOf(node), `imports ${why} from ${area}; move what both need to a lower rank`)]
    })]
  })
}

/** An integration test starts the real things that it needs; the programs of the last rank are one by one. */
function setsStage(file: TidyFile): boolean {
  return file.name.endsWith('.it.ts') || file.area === 'tidy.test.ts'
}

/** Each cycle once, by its first file. */
export function checkCycles(files: readonly TidyFile[]): Violation[] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file).flatMap(({ path }) => path ?? [])]))
  const done = new Set<string>()
  const found: Violation[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const from = trail.indexOf(path)
    if (from !== -1) {
      const text = `${[...trail.slice(from), path].join(' -> ')}; move what both need to a file of its own`
      found.push({ rule: 'cycle', path, line: 1, text })
      return
    }
    if (done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const file of files) visit(file.path, [])
  return found
}

/** A file that only its test imports is as unused as one that nothing imports. */
export function checkUnused(files: readonly TidyFile[]): Violation[] {
  const used = new Set<string>()
  for (const file of files) {
    for (const path of namedBy(file)) if (!file.isTest || isForTests(path)) used.add(path)
  }
  return files.filter((file) => (!file.isTest || file.name === 'testing.ts') && !file.name.endsWith('.d.ts'))
    .filter((file) => !entries.includes(file.path) && !used.has(file.path))
    .map((file) => at(file, 'unused', 1, 'nothing but its test imports it; use it or delete it'))
}

function isForTests(path: string): boolean {
  return posix.basename(path) === 'testing.ts' || path.startsWith('src/tidy/')
}

/** Imports, and files that are started by a path relative to the importing one. */
function namedBy(file: TidyFile): string[] {
  const strings = file.nodes.flatMap((node) => stringOf(node) ?? []).filter((text) => /^\.{1,2}\/.*\.ts$/.test(text))
  return strings.map((text) => posix.join(posix.dirname(file.path), text))
}

function at(file: TidyFile, rule: string, line: number, text: string): Violation {
  return { rule, path: file.path, line, text }
}
