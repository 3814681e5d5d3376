/** The subject's identity changes with what it runs and with nothing else. */
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { identifySubject } from './hash.ts'
import { loadSuite } from './load.ts'
import { folderWith, smallest } from './testing.ts'
import type { TestFolder } from './testing.ts'

const run = promisify(execFile)

async function identify(folder: TestFolder, name = 'a.suite.json') {
  return await identifySubject(await loadSuite(folder.at(name)), process.env)
}

async function git(folder: TestFolder, ...words: string[]): Promise<void> {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main']
  await run('git', [...who, ...words], { cwd: folder.path })
}

const files = {
  'a.suite.json': JSON.stringify(smallest), 'consumer.mjs': '1', 'node_modules/x/i.js': '1', 'lib/b.mjs': '2',
}

test('outside git every file counts, installed packages and runs of ours do not', async () => {
  await using folder = await folderWith(files)
  const first = await identify(folder)
  expect(first).toMatchObject({ files: 3, left: 0 })
  expect(first.hash).toMatch(/^[0-9a-f]{64}$/)
  expect(first.commit).toBeUndefined()
  await writeFile(folder.at('node_modules/x/i.js'), '2')
  await mkdir(folder.at('reports/r1'), { recursive: true })
  await writeFile(folder.at('reports/r1/history.ndjson'), '{}')
  expect((await identify(folder)).hash).toBe(first.hash)
  await writeFile(folder.at('lib/b.mjs'), '3')
  expect((await identify(folder)).hash).not.toBe(first.hash)
})

test('the place does not matter, the command does', async () => {
  await using one = await folderWith(files)
  await using two = await folderWith(files)
  await using other = await folderWith({
    ...files, 'a.suite.json': JSON.stringify({ ...smallest, subject: { command: ['node', 'lib/b.mjs'] } }),
  })
  expect((await identify(one)).hash).toBe((await identify(two)).hash)
  expect((await identify(other)).hash).not.toBe((await identify(one)).hash)
})

test('what a deploy puts in its place counts', async () => {
  const next = (command: readonly string[]): string =>
    JSON.stringify({ ...smallest, subject: { ...smallest.subject, next: { command } } })
  await using folder = await folderWith({
    ...files, 'b.suite.json': next(['node', 'lib/b.mjs']), 'c.suite.json': next(['node', 'consumer.mjs']),
  })
  const hashes = await Promise.all(['a', 'b', 'c'].map(async (name) =>
    (await identify(folder, `${name}.suite.json`)).hash))
  expect(new Set(hashes).size).toBe(3)
})

test('in git, ignored files do not count, new ones and lockfiles above do', async () => {
  await using folder = await folderWith({
    'package-lock.json': '{}', '.gitignore': '*.log\n', 'app/consumer.mjs': '1',
    'app/a.suite.json': JSON.stringify(smallest),
  })
  await git(folder, 'init', '-q')
  await git(folder, 'add', '.')
  await git(folder, 'commit', '-q', '-m', 'x')
  const clean = await identify(folder, 'app/a.suite.json')
  expect(clean).toMatchObject({ files: 3, left: 0, dirty: false })
  expect(clean.commit).toMatch(/^[0-9a-f]{40}$/)
  await writeFile(folder.at('app/x.log'), 'noise')
  expect(await identify(folder, 'app/a.suite.json')).toEqual(clean)
  await writeFile(folder.at('package-lock.json'), '{"x":1}')
  const locked = await identify(folder, 'app/a.suite.json')
  expect(locked.hash).not.toBe(clean.hash)
  await writeFile(folder.at('app/new.mjs'), '1')
  const grown = await identify(folder, 'app/a.suite.json')
  expect(grown).toMatchObject({ files: 4, dirty: true })
  await rm(folder.at('app/consumer.mjs'))
  expect((await identify(folder, 'app/a.suite.json')).hash).not.toBe(grown.hash)
})
