/** The demo is right only when both verdicts are, at the points that were written down before. */
import { expect, test } from 'vitest'
import {
  certifiedJudgement, inconclusiveJudgement, sampleFinding, sampleRun, sampleSuite, violatedJudgement,
} from '../model/testing.ts'
import type { Judgement } from '../model/verdict.ts'
import { demoOutcome } from './demo-command.ts'

const expected = [{ anomaly: 'duplicate' as const, fault: 'kill', points: [...sampleFinding.points] }]

function outcome(right: Judgement, broken: Judgement): number {
  return demoOutcome(sampleRun([sampleSuite(right, 'right'), sampleSuite(broken, 'broken')], 1), expected).exitCode
}

test('0 exactly when both are as they must be', () => {
  expect(outcome(certifiedJudgement, violatedJudgement)).toBe(0)
  expect(outcome(violatedJudgement, violatedJudgement)).toBe(1)
  expect(outcome(inconclusiveJudgement, violatedJudgement)).toBe(2)
  expect(outcome(certifiedJudgement, certifiedJudgement)).toBe(2)
  expect(outcome(certifiedJudgement, inconclusiveJudgement)).toBe(2)
  const elsewhere = { ...violatedJudgement, findings: [{ ...sampleFinding, fault: 'cut' }] }
  expect(outcome(certifiedJudgement, elsewhere)).toBe(2)
})

test('a suite that could not be run is no verdict', () => {
  const failed = { ...sampleSuite(inconclusiveJudgement, 'broken'), failure: 'it never became ready' }
  const { exitCode, lines } = demoOutcome(sampleRun([sampleSuite(certifiedJudgement, 'right'), failed], 3), expected)
  expect(exitCode).toBe(3)
  expect(lines).toContain('broken: not run: it never became ready')
})

test('what is missing is named', () => {
  const { lines } = demoOutcome(sampleRun([sampleSuite(certifiedJudgement, 'right')], 0), expected)
  expect(lines.join('\n')).toContain('no duplicate was found for kill at orders basic.ack#1 before')
})
