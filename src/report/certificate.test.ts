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
      leavesOut: expect.stringMatching(/^warm incarnations, convoys, kill-child, .* and poison$/),
      leftOut: [], notApplicable: [],
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

test('what was left out and what can not happen is named, and was not carried out', () => {
  const [row] = certifiedJudgement.grid
  const suite = sampleSuite({
    ...certifiedJudgement,
    leftOut: [{ fault: 'race', why: 'the suite forbids two at once', by: 'suite' }],
    grid: row === undefined ? [] : [{
      ...row, faults: {
        cut: { planned: 1, fired: 0, worst: undefined, end: 'not-applicable', why: 'it is a standby' },
        kill: { planned: 2, fired: 1, worst: undefined, end: 'fired' },
      },
    }],
  })
  const certificate = certificateOf({ ...sampleRun([suite]), end: 'completed' }, suite, 'hash')
  const place = { point: 'orders basic.ack#1 before', context: 'cold' }
  expect(certificate.carriedOut).toEqual([{ ...place, fault: 'kill', times: 1 }])
  expect(certificate.notApplicable).toEqual([{ ...place, fault: 'cut', why: 'it is a standby' }])
  expect(certificate.notClaimed).toContain('race: the suite forbids two at once')
  expect(certificate.leftOut).toHaveLength(1)
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
