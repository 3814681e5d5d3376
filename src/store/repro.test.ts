/** A finding is written, found again by id and by path, and refused politely when it can't be understood. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { sampleFinding, sampleSuite, violatedJudgement } from '../model/testing.ts'
import { findRepro } from './find-repro.ts'
import { hashOfFile, readRepro, writeRepros } from './repro.ts'
import { testFolder } from './testing.ts'

async function written(folder: string): Promise<{ file: string; suite: string }> {
  const suite = join(folder, 'right.suite.yaml')
  writeFileSync(suite, 'name: demo/right\n')
  const result = { ...sampleSuite(violatedJudgement), file: suite, suiteHash: await hashOfFile(suite) }
  const run = join(folder, 'reports', 'a-run')
  mkdirSync(run, { recursive: true })
  const [file = ''] = await writeRepros(run, result, '7f3a91')
  return { file, suite }
}

test('what was written is read back', async () => {
  using folder = testFolder()
  const { file, suite } = await written(folder.path)
  const found = await readRepro(file)
  expect(found.suite).toBe(suite)
  expect(found.suiteChanged).toBe(false)
  expect(found).toMatchObject({ id: 'D5eIJE', seed: '7f3a91', context: 'cold', schedule: sampleFinding.schedule })
  expect(found.finding.points).toEqual(sampleFinding.points)
})

test('a finding that no step explains has nothing to repeat, and takes no other with it', async () => {
  using folder = testFolder()
  const suite = join(folder.path, 'right.suite.yaml')
  writeFileSync(suite, 'name: demo/right\n')
  const findings = [{ ...sampleFinding, id: 'stranger', context: 'unknown' }, sampleFinding]
  const files = await writeRepros(folder.path, { ...sampleSuite({ ...violatedJudgement, findings }), file: suite }, 's')
  expect(files.map((file) => file.endsWith(`${sampleFinding.id}.json`))).toEqual([true])
})

test('a changed suite is noticed, a missing one named', async () => {
  using folder = testFolder()
  const { file, suite } = await written(folder.path)
  writeFileSync(suite, 'name: other\n')
  expect((await readRepro(file)).suiteChanged).toBe(true)
  const moved = readFileSync(file, 'utf8').replace(JSON.stringify(suite), '"gone/right.suite.yaml"')
  writeFileSync(file, moved)
  await expect(readRepro(file)).rejects.toThrow('its suite gone/right.suite.yaml is not there')
})

test('a relative suite is found from the folders above the file', async () => {
  using folder = testFolder()
  const { file, suite } = await written(folder.path)
  writeFileSync(file, readFileSync(file, 'utf8').replace(JSON.stringify(suite), '"right.suite.yaml"'))
  expect((await readRepro(file)).suite).toBe(suite)
})

test('another format is refused with what to do', async () => {
  using folder = testFolder()
  const { file } = await written(folder.path)
  writeFileSync(file, readFileSync(file, 'utf8').replace('"reproVersion": 1', '"reproVersion": 7'))
  await expect(readRepro(file)).rejects.toThrow('is of format 7, this onceproof reads format 1')
})

test.each(['{}', '[]', 'nothing', '{"reproVersion":1}'])('%s is refused', async (text) => {
  using folder = testFolder()
  const file = join(folder.path, 'x.json')
  writeFileSync(file, text)
  await expect(readRepro(file)).rejects.toThrow(UsageError)
})

test('an id is found in the reports, a near one is offered', async () => {
  using folder = testFolder()
  const { file } = await written(folder.path)
  const reports = join(folder.path, 'reports')
  expect(findRepro('D5eIJE', reports)).toBe(file)
  expect(findRepro(file, reports)).toBe(file)
  expect(() => findRepro('D5eIJF', reports)).toThrow("did you mean 'D5eIJE'?")
  expect(() => findRepro('repro/nope.json', reports)).toThrow('there is no file repro/nope.json')
  expect(() => findRepro('D5eIJE', join(folder.path, 'elsewhere'))).toThrow(UsageError)
})
