/** Each rule sees what was planted for it, and nothing in a tidy file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { unallowed } from './allowed.ts'
import { readProject, type Violation } from './project.ts'
import { rules } from './rules.ts'

const header = '/** What this is. */\n'

function violationsIn(sources: Readonly<Record<string, string>>): Violation[] {
  const root = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
  try {
    const all = { 'src/index.ts': header, ...sources }
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({
      compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true }, include: ['src'],
    }))
    const files = readProject(root)
    return rules.flatMap((rule) => rule(files))
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Rules broken by one file, which something imports. */
function brokenBy(path: string, text: string): string[] {
  const importer = `${header}import './${path.replace('src/', '')}'\n`
  const found = violationsIn({ [path]: text, 'src/index.ts': importer })
  return [...new Set(found.filter((violation) => violation.path === path).map(({ rule }) => rule))]
}

test.each([
  ['any', 'export const a: any = 1'],
  ['non-null', 'export const a = (b?: string) => b!'],
  ['as', 'export const a = (b: unknown) => b as string'],
  ['as', 'export const a = (b: unknown) => <string>b'],
  ['default-export', 'const a = 1\nexport default a'],
  ['default-export', 'export default function a() { return 1 }'],
  ['random', 'export const a = Math.random()'],
  ['time', 'export const a = Date.now()'],
  ['time', 'export const a = new Date()'],
  ['time', 'setTimeout(() => {}, 1)'],
  ['time', "import 'node:timers/promises'"],
  ['console', 'console.log(1)'],
  ['bare-error', "throw new Error('x')"],
  ['exit', 'process.exit(1)'],
  ['test-modifier', "test.only('x', () => {})"],
  ['test-modifier', "describe.skip('x', () => {})"],
  ['mock', "vi.mock('./x.ts')"],
  ['empty-catch', 'try { a() } catch {}'],
  ['pure', "import { readFileSync } from 'node:fs'"],
  ['todo', '// TO' + 'DO later'],
  ['silenced', '// @ts-' + 'ignore'],
  ['machine-path', "export const a = '/ro" + "ot/x'"],
  ['image', "export const a = 'rabbit" + "mq:4'"],
  ['parameters', 'export function a(b: 1, c: 1, d: 1, e: 1, f: 1) { return [b, c, d, e, f] }'],
  ['function-length', `export function a() {\n${'  a()\n'.repeat(70)}}`],
  ['line-length', `export const a = '${'x'.repeat(120)}'`],
  ['file-length', 'export {}\n'.repeat(401)],
])('%s: %j', (rule, text) => {
  expect(brokenBy('src/plan/a.ts', `${header}${text}\n`)).toContain(rule)
})

test.each([
  "export const a = ['x'] as const",
  'export function parseIt(b: unknown) { return b as string }',
  'export const decodeIt = (b: unknown) => [b].map((c) => c as string)',
  'export const a = { setTimeout: 1 }.setTimeout',
  'try { a() } catch {\n  // Nothing is lost: it is gone already.\n}',
  'export interface Date { readonly now: number }',
  'switch (a) { default: break }',
])('tidy: %j', (text) => {
  expect(brokenBy('src/plan/a.ts', `/** What this is. */\n${text}\n`)).toEqual([])
})

test('ranks: down is fine, sideways and up are not, nor is an unknown folder', () => {
  const found = violationsIn({
    'src/index.ts': `${header}import './plan/a.ts'\nimport './extra/a.ts'\n`,
    'src/plan/a.ts': `${header}import type {} from '../lib/a.ts'\nimport type {} from '../wire/a.ts'\n`,
    'src/lib/a.ts': `${header}export type { A } from '../model/a.ts'\n`,
    'src/wire/a.ts': `${header}void import('../run/a.ts')\n`,
    'src/model/a.ts': `${header}export type A = 1\n`, 'src/run/a.ts': header, 'src/extra/a.ts': header,
  }).filter(({ rule }) => rule === 'rank')
  expect(found.map(({ path, text }) => `${path} ${text.split(';')[0] ?? ''}`)).toEqual([
    'src/extra/a.ts extra has no rank', 'src/lib/a.ts imports upwards from model',
    'src/plan/a.ts imports sideways from wire', 'src/wire/a.ts imports upwards from run',
  ])
})

test('cycles, also of types', () => {
  const found = violationsIn({
    'src/index.ts': `${header}import './lib/a.ts'\n`,
    'src/lib/a.ts': `${header}import type {} from './b.ts'\n`, 'src/lib/b.ts': `${header}import './c.ts'\n`,
    'src/lib/c.ts': `${header}import './a.ts'\n`,
  })
  expect(found.map(({ rule }) => rule)).toEqual(['cycle'])
  expect(found[0]?.text).toContain('src/lib/a.ts -> src/lib/b.ts -> src/lib/c.ts -> src/lib/a.ts')
})

test('what only its test imports is unused, what is started by its path is not', () => {
  const found = violationsIn({
    'src/index.ts': `${header}export const a = new URL('./lib/started.ts', import.meta.url)\n`,
    'src/lib/a.ts': header, 'src/lib/a.test.ts': `${header}import './a.ts'\n`, 'src/lib/started.ts': header,
  })
  expect(found.map(({ rule, path }) => `${rule} ${path}`)).toEqual(['unused src/lib/a.ts'])
})

test('headers and names', () => {
  expect(brokenBy('src/plan/a.ts', 'export {}\n')).toEqual(['header'])
  expect(brokenBy('src/plan/a.ts', `/**${'\n * x'.repeat(30)}\n */\n`)).toEqual(['header'])
  expect(brokenBy('src/plan/a.ts', `${header}${'export {}\n'.repeat(100)}`)).toEqual(['header'])
  expect(brokenBy('src/plan/aB.ts', header)).toEqual(['name'])
  expect(brokenBy('src/plan/a_b.ts', header)).toEqual(['name'])
})

test('error codes are each another', () => {
  const text = `${header}export class A {\n  readonly code = 'A'\n}\nexport class B {\n  readonly code = 'A'\n}\n`
  expect(brokenBy('src/lib/errors.ts', text)).toEqual(['error-code'])
})

test('protocols are not named where a new broker must not matter', () => {
  expect(brokenBy('src/plan/a.ts', `${header}export const amqpChannel = 1\n`)).toEqual(['protocol'])
  expect(brokenBy('src/plan/a.ts', `${header}export const a = 'a kafka offset'\n`)).toEqual(['protocol'])
  expect(brokenBy('src/plan/a.ts', `${header}// Like Kafka's.\nexport const sqlite3ish = 1\n`)).toEqual([])
  expect(brokenBy('src/wire/a.ts', `${header}export const amqpChannel = 1\n`)).toEqual([])
})

test('a broker is named by its own files alone', () => {
  const text = `${header}export const pigeonPost = 1\n`
  const own = ['wire/pigeon/a.ts', 'broker/pigeon.ts', 'broker/pigeon-a.ts', 'stack/pigeon.ts', 'parts/pigeon.ts']
  const others = ['cli/a.ts', 'wire/dove/wire.ts', 'stack/native.ts', 'suite/pigeon.ts', 'model/a.ts']
  const paths = [...own, ...others, 'kinds.ts', 'run/a.test.ts'].map((path) => `src/${path}`)
  const found = violationsIn(Object.fromEntries(paths.map((path) => [path, text])))
  expect(found.filter(({ rule }) => rule === 'broker').map(({ path }) => path))
    .toEqual(others.map((path) => `src/${path}`).toSorted())
})

test('an exception that nothing needs is a violation itself', () => {
  expect(unallowed([]).every((line) => line.includes('delete the entry'))).toBe(true)
  expect(unallowed([]).length).toBeGreaterThan(0)
  const exit = { rule: 'exit', path: 'src/cli/main.ts', line: 1, text: '' }
  expect(unallowed([exit]).filter((line) => line.includes("'exit' for src/cli/"))).toEqual([])
})
