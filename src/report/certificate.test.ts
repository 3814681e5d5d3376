/** A certificate is written only where nothing is missing, and names what it rests on. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { InvariantError } from '../lib/errors.ts'
import {
  certifiedJudgement, inconclusiveJudgement, sampleRun, sampleSuite, violatedJudgement,
} from '../model/testing.ts'
import { certificateOf, writeCertificates } from './certificate.ts'

test('names hashes, versions, what was carried out and what is not claimed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
  try {
    writeFileSync(join(folder, 'history.ndjson'), '{}\n')
    const [file = ''] = await writeCertificates({ ...sampleRun([sampleSuite(certifiedJudgement)]), folder })
    const certificate: unknown = JSON.parse(readFileSync(file, 'utf8'))
    expect(certificate).toMatchObject({
      certificateVersion: 1, verdict: 'certified', exercised: { k: 12, K: 12 }, seed: '7f3a91',
      leavesOut: 'warm incarnations, orphan and duplicate',
      carriedOut: [
        { point: 'orders basic.ack#1 before', context: 'cold', fault: 'kill', times: 1 },
        { point: 'orders basic.ack#1 before', context: 'cold', fault: 'cut', times: 1 },
      ],
      hashes: { history: createHash('sha256').update('{}\n').digest('hex') },
      subject: { hash: 'ab'.repeat(32) },
    })
    expect(JSON.stringify(certificate)).toContain('other interleavings')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([
  ['violated', sampleSuite(violatedJudgement), 'completed' as const],
  ['inconclusive', sampleSuite(inconclusiveJudgement), 'completed' as const],
  ['of nobody', { ...sampleSuite(certifiedJudgement), subject: undefined }, 'completed' as const],
  ['cut short', sampleSuite(certifiedJudgement), 'interrupted' as const],
  ['cut short by its budget', sampleSuite(certifiedJudgement), 'budget' as const],
])('none for a run that is %s', async (_, suite, end) => {
  const run = { ...sampleRun([suite]), end, folder: '/nowhere' }
  expect(await writeCertificates(run)).toEqual([])
  expect(() => certificateOf(run, suite, 'hash')).toThrow(InvariantError)
})
