/** A report is written, matches its own schema, and reads back as the result it was made from. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import {
  certifiedJudgement, inconclusiveJudgement, sampleRun, sampleSuite, violatedJudgement,
} from '../model/testing.ts'
import { reportJsonSchema, reportSchema } from './report-schema.ts'
import { readRunResult, toReport, writeRunResult } from './run-result.ts'
import { testFolder } from './testing.ts'

const judgements = [certifiedJudgement, violatedJudgement, inconclusiveJudgement]
const result = sampleRun(judgements.map((one) => sampleSuite(one)), 1)

test('reads back as it was', async () => {
  using folder = testFolder()
  const stored = { ...result, folder: folder.path }
  await writeRunResult(stored)
  expect(await readRunResult(folder.path)).toEqual(stored)
})

test('a suite that could not be run keeps its reason', async () => {
  using folder = testFolder()
  const failed = { ...sampleSuite(inconclusiveJudgement), subject: undefined, failure: 'it never became ready' }
  const stored = { ...sampleRun([failed], 3), folder: folder.path }
  await writeRunResult(stored)
  expect(await readRunResult(folder.path)).toEqual(stored)
})

test('what was left out and what can not happen read back, and older reports without them too', async () => {
  using folder = testFolder()
  const [row] = certifiedJudgement.grid
  const cut = { planned: 1, fired: 0, worst: undefined, end: 'not-applicable' as const, why: 'it is a standby' }
  const judgement = {
    ...certifiedJudgement, grid: row === undefined ? [] : [{ ...row, faults: { cut } }],
    leftOut: [{ fault: 'race', why: 'the suite forbids it', by: 'suite' as const }],
  }
  const stored = { ...sampleRun([sampleSuite(judgement)]), folder: folder.path }
  await writeRunResult(stored)
  expect(await readRunResult(folder.path)).toEqual(stored)
  const older = JSON.stringify(toReport(stored)).replace(/"leftOut":\[.*?\],/, '')
    .replace(',"end":"not-applicable","why":"it is a standby"', '')
  writeFileSync(join(folder.path, 'report.json'), older)
  const [suite] = (await readRunResult(folder.path)).suites
  expect(suite?.judgement.leftOut).toEqual([])
  expect(suite?.judgement.grid[0]?.faults['cut']).toEqual({ planned: 1, fired: 0, worst: undefined })
})

test('has the fields that others build on', () => {
  const report = toReport(result)
  expect(reportSchema.parse(report)).toEqual(report)
  expect(report).toMatchObject({ schemaVersion: '1.0', verdict: 'inconclusive', exitCode: 1 })
  expect(report.suites[1]).toMatchObject({
    name: 'demo/right', verdict: 'violated', profile: 'quick', points: { k: 12, K: 12 }, messages: 40,
    findings: [{
      id: 'D5eIJE', anomaly: 'duplicate', effect: 'invoice', message: 'm-0007', fault: 'kill',
      confirmed: { k: 3, n: 3 },
      replay: 'onceproof replay D5eIJE',
    }],
  })
  expect(report.suites[2]?.doubts[0]).toEqual({
    code: 'not-exercised', detail: '1 planned fault never came about: cut at orders basic.ack#1 before', blocking: true,
  })
})

test('paths of this machine stay out', () => {
  expect(JSON.stringify(toReport(result))).not.toContain(process.cwd())
})

test('a later minor version is read, a major one refused', async () => {
  using folder = testFolder()
  const file = join(folder.path, 'report.json')
  writeFileSync(file, JSON.stringify({ ...toReport(result), schemaVersion: '1.7', addedLater: true }))
  expect((await readRunResult(folder.path)).suites).toHaveLength(3)
  writeFileSync(file, JSON.stringify({ ...toReport(result), schemaVersion: '2.0' }))
  await expect(readRunResult(folder.path)).rejects.toThrow(UsageError)
})

test('a run without a report says so', async () => {
  await expect(readRunResult('/nowhere')).rejects.toThrow('did not come to its end')
})

test('the schema names every field of the issue', () => {
  expect(reportJsonSchema()).toMatchObject({
    type: 'object', properties: { schemaVersion: {}, verdict: {}, exitCode: {}, suites: { type: 'array' } },
  })
})
