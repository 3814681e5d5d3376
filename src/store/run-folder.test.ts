/** Where a run goes, what may be cleared away for it, and what never is. */
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { createRunFolder, historiesOf, openRunFolder, slugOf, suiteFolder } from './run-folder.ts'
import { testFolder } from './testing.ts'

const startedAt = '2026-11-21T08:01:12.345Z'

test('a run is named by time and seed, and latest leads to the newest', () => {
  using folder = testFolder()
  const reports = join(folder.path, 'reports')
  const wish = { reports, out: undefined, seed: '7f3a91', startedAt }
  const first = createRunFolder(wish)
  expect(basename(first)).toBe('20261121-080112-7f3a91')
  const second = createRunFolder(wish)
  expect(basename(second)).toBe('20261121-080112-7f3a91-2')
  expect(readlinkSync(join(reports, 'latest'))).toBe(basename(second))
  writeFileSync(join(second, 'report.json'), '{}')
  expect(openRunFolder(join(reports, 'latest'))).toBe(second)
  expect(readdirSync(reports)).toHaveLength(3)
})

test('--out is the run folder, and an earlier run in it is replaced', () => {
  using folder = testFolder()
  const out = join(folder.path, 'out')
  const wish = { reports: 'unused', out, seed: 's', startedAt }
  expect(createRunFolder(wish)).toBe(out)
  for (const name of ['report.json', 'index.html', 'junit.xml']) writeFileSync(join(out, name), '{}')
  mkdirSync(join(suiteFolder(out, 'demo/right'), 'repro'), { recursive: true })
  writeFileSync(join(suiteFolder(out, 'demo/right'), 'history.ndjson'), '')
  expect(historiesOf(out)).toEqual(['demo-right/history.ndjson'])
  expect(createRunFolder(wish)).toBe(out)
  expect(readdirSync(out)).toEqual([])
})

test('what no run has left is not touched', () => {
  using folder = testFolder()
  const out = join(folder.path, 'out')
  mkdirSync(out)
  writeFileSync(join(out, 'thesis.tex'), '')
  const wish = { reports: 'unused', out, seed: 's', startedAt }
  expect(() => createRunFolder(wish)).toThrow(UsageError)
  writeFileSync(join(out, 'report.json'), '{}')
  expect(() => createRunFolder(wish)).toThrow("'thesis.tex'")
  expect(existsSync(join(out, 'report.json'))).toBe(true)
})

test('a folder that only shares a name with a suite is kept', () => {
  using folder = testFolder()
  const out = folder.path
  writeFileSync(join(out, 'report.json'), '{}')
  mkdirSync(join(out, 'photos'))
  expect(() => createRunFolder({ reports: 'unused', out, seed: 's', startedAt })).toThrow("'photos'")
})

test.each(['/nowhere', '/'])('%s is no run', (path) => {
  expect(() => openRunFolder(path)).toThrow(UsageError)
})

test.each([
  ['demo/right', 'demo-right'], ['..', 'suite'], ['Größe 1', 'gr-e-1'], ['a.b', 'a.b'],
])('%s', (name, slug) => {
  expect(slugOf(name)).toBe(slug)
})
