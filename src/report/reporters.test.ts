/** Reports of a folder: each for itself, and a failing one breaks nothing. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reportText } from '../store/run-result.ts'
import { wishFrom, writeReports } from './reporters.ts'
import { sampleStored } from './testing.ts'

interface RunFolder extends Disposable {
  readonly path: string
  readonly said: string[]
  write(env: NodeJS.ProcessEnv, junit?: string): Promise<boolean>
}

function runFolder(): RunFolder {
  const path = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
  const { report, suites } = sampleStored({ text: 'a text' })
  writeFileSync(join(path, 'report.json'), reportText(report))
  const events = suites.flatMap(({ history }) => history ?? [])
  writeFileSync(join(path, 'history.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const said: string[] = []
  return {
    path, said,
    write: async (env, junit) => await writeReports({ ...wishFrom(env, path, junit), say: (line) => said.push(line) }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

test('the page alone outside of CI, JUnit and a summary in it', async () => {
  using run = runFolder()
  expect(await run.write({})).toBe(true)
  expect(readFileSync(join(run.path, 'index.html'), 'utf8')).toContain('<svg')
  expect(existsSync(join(run.path, 'junit.xml'))).toBe(false)
  const summary = join(run.path, 'summary.md')
  writeFileSync(summary, 'earlier\n')
  expect(await run.write({ CI: 'true', GITHUB_STEP_SUMMARY: summary })).toBe(true)
  expect(readFileSync(join(run.path, 'junit.xml'), 'utf8')).toContain('<testsuites')
  expect(readFileSync(summary, 'utf8')).toMatch(/^earlier\n### /)
  expect(run.said).toHaveLength(1)
})

test('a report that can\'t be written says so in one line and stops no other', async () => {
  using run = runFolder()
  mkdirSync(join(run.path, 'index.html'))
  const junit = join(run.path, 'deep', 'j.xml')
  expect(await run.write({ GITHUB_STEP_SUMMARY: join(run.path, 'no', 'such', 'folder') }, junit)).toBe(false)
  expect(existsSync(junit)).toBe(true)
  expect(run.said).toHaveLength(2)
  expect(run.said[0]).toMatch(/^index\.html could not be written: .*[^\n]$/)
  expect(run.said[1]).toMatch(/^step summary could not be written: /)
})

test('a damaged journal leaves a page without pictures, a missing report none', async () => {
  using run = runFolder()
  writeFileSync(join(run.path, 'history.ndjson'), 'x\ny\n')
  expect(await run.write({})).toBe(true)
  expect(readFileSync(join(run.path, 'index.html'), 'utf8')).not.toContain('<svg')
  rmSync(join(run.path, 'report.json'))
  expect(await run.write({})).toBe(false)
  expect(run.said).toEqual([expect.stringContaining('there is no report.json')])
})
