/**
 * What can be said of the zoo without running it: every suite loads, twins differ in at most ten lines, and what is
 * expected names operations that the broken consumer really carries out. Whether it is found is `npm run zoo`'s part.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { anomalyKinds } from '../../src/model/anomaly.ts'
import { faults } from '../../src/faults/registry.ts'
import { normaliseSql } from '../../src/wire/postgres/sql-text.ts'

const zoo = import.meta.dirname
const suites = globSync('*/*/*.suite.ts', { cwd: zoo }).sort()
const cells = globSync('*/*/broken.suite.ts', { cwd: zoo }).map((file) => path.dirname(file)).sort()

test('every suite loads, and is called after its folder', () => {
  expect(suites.length).toBeGreaterThan(20)
  expect(loadedNames(suites)).toEqual(suites.map((file) => file.replace('.suite.ts', '')))
})

describe.each(cells)('%s', (cell) => {
  const folder = path.join(zoo, cell)

  test('twins differ in at most ten lines', () => {
    const broken = lines(consumer(folder, 'broken'))
    const mended = lines(consumer(folder, 'mended'))
    expect(Math.max(missing(broken, mended), missing(mended, broken))).toBeLessThanOrEqual(10)
  })

  test('expects known anomalies, faults, and points of statements that it sends', () => {
    const known = new Set(statements(consumer(folder, 'broken')))
    const expected = expectations(folder)
    expect(expected.length).toBeGreaterThan(0)
    for (const { anomaly, fault, points } of expected) {
      expect(anomalyKinds).toContain(anomaly)
      expect(Object.keys(faults)).toContain(fault.split(' ')[0])
      for (const point of points) if (point.startsWith('db ')) expect(known).toContain(operation(point))
    }
  })
})

test('right ones expect nothing', () => {
  for (const file of globSync('correct/*/expected.json', { cwd: zoo })) {
    expect(expectations(path.join(zoo, path.dirname(file)))).toEqual([])
  }
})

/** In a process of its own: the loader's hooks are Node's, and the test runner imports modules by itself. */
function loadedNames(files: readonly string[]): readonly string[] {
  const program = `
    import { loadSuite } from './src/suite/load.ts'
    const names = []
    for (const file of process.argv.slice(1)) names.push((await loadSuite(file)).name)
    process.stdout.write(JSON.stringify(names))`
  const root = path.join(zoo, '../..')
  const paths = files.map((file) => path.join(zoo, file))
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program, ...paths], {
    cwd: root, encoding: 'utf8',
  }))
}

interface Expectation {
  readonly anomaly: string
  readonly fault: string
  readonly points: readonly string[]
}

function expectations(folder: string): readonly Expectation[] {
  return JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8'))
}

function consumer(folder: string, which: string): string {
  const scripts = ['mjs', 'py', 'java', 'go'].map((ending) => path.join(folder, `${which}.${ending}`))
  return readFileSync(scripts.find((script) => existsSync(script)) ?? folder, 'utf8')
}

function lines(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
}

/** Lines of one that the other has fewer of. */
function missing(from: readonly string[], other: readonly string[]): number {
  const left = [...other]
  return from.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  }).length
}

/** Names of the statements that stand in a consumer's source, as the decoder would name them. */
function statements(source: string): readonly string[] {
  const text = source.replaceAll('%s', '$1').replaceAll('${rows}', '($1)')
  const found = [...text.matchAll(/(['"`])((?:insert|update|select|begin|commit)\b[^\n]*?)\1[,)\n]/g)]
  const named = found.map(([, , statement = '']) => {
    const [keyword = '', ...rest] = normaliseSql(statement).split(' ')
    return ['db', keyword.toUpperCase(), ...rest].join(' ')
  })
  return source.includes('db.transaction()') ? [...named, 'db BEGIN', 'db COMMIT'] : named
}

function operation(point: string): string {
  return point.replace(/(?: @[\w-]+)?#\d+ (?:before|after)$/, '')
}
