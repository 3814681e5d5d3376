/** The final block fits narrow and wide terminals, and its last six lines say it all. */
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import {
  certifiedJudgement, inconclusiveJudgement, sampleFinding, sampleRun, sampleSuite, violatedJudgement,
} from '../model/testing.ts'
import type { SuiteResult } from '../model/run.ts'
import type { Judgement } from '../model/verdict.ts'
import { claimOf } from './claim.ts'
import { lastLines, resultLines } from './terminal-result.ts'

const folder = process.cwd()

function suite(judgement: Judgement, name: string): SuiteResult {
  const facts = sampleSuite(judgement, name)
  return { ...facts, claim: claimOf(facts) }
}

const right = suite(certifiedJudgement, 'demo/right')
const broken = suite(violatedJudgement, 'demo/broken')
const unclear = suite(inconclusiveJudgement, 'demo/unclear')
const both = { ...sampleRun([right, broken, unclear], 1), verdict: 'violated' as const }

test.each([60, 200])('fits %i columns', (columns) => {
  for (const line of resultLines(both, { columns, hasColour: true }, folder)) {
    expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns)
  }
})

test('colour changes nothing else', () => {
  const plain = resultLines(both, { columns: 80, hasColour: false }, folder)
  expect(resultLines(both, { columns: 80, hasColour: true }, folder).map(stripVTControlCharacters)).toEqual(plain)
  expect(plain.join('')).not.toContain('\u001b')
})

test('the last six lines stand alone', () => {
  const lines = resultLines(both, { columns: undefined, hasColour: false }, folder).slice(-6)
  expect(lines).toEqual(lastLines(both, { columns: undefined, hasColour: false }, folder))
  expect(lines).toEqual([
    'VIOLATED (1 certified, 1 violated, 1 inconclusive), profile quick, the suite\'s own faults',
    `demo/broken: ${broken.claim}`,
    'doubts: 2, 1 blocking (not-exercised)',
    'replay: onceproof replay D5eIJE',
    'reports: reports/20261121-080112-7f3a91',
    'exit 1: violated, a message did not meet its contract',
  ])
})

test('the claims', () => {
  expect(right.claim).toBe('Broken at 12 of 12 points with kill and cut (30 faults fired), each of 40 messages '
    + 'met its contract; 25 deliveries were repetitions.')
  expect(broken.claim).toBe('1 of 40 messages did not meet the contract: duplicate invoice, after kill at '
    + `${sampleFinding.point}.`)
  expect(unclear.claim).toBe('No certificate, and no violation proven: 1 planned fault never came about: cut at '
    + 'orders basic.ack#1 before (11 of 12 points exercised).')
})

test('a finding says where, how often again, and how to see it', () => {
  const text = resultLines(both, { columns: 200, hasColour: false }, folder).join('\n')
  expect(text).toContain(`kill at ${sampleFinding.point}`)
  expect(text).toContain('seen for 1 message, again in 3 of 3 clean cells')
  expect(text).toContain('onceproof replay D5eIJE')
  expect(text).toContain('loss of invoice seen')
  expect(text).toContain('30 of 31 fired, 1 not applicable (kill, stop and cut)')
})

test('many findings are counted, not all printed', () => {
  const findings = Array.from({ length: 40 }, (_, i) => ({ ...sampleFinding, id: `f${i}` }))
  const many = sampleRun([suite({ ...violatedJudgement, findings }, 'demo/broken')], 1)
  const text = resultLines(many, { columns: 80, hasColour: false }, folder).join('\n')
  expect(text).toContain('and 37 more in report.json')
})

test('findings that differ in their points only make room for other ones', () => {
  const alike = Array.from({ length: 20 }, (_, i) => ({ ...sampleFinding, id: `k${i}` }))
  const findings = [...alike, { ...sampleFinding, id: 'other', fault: 'race' }]
  const text = resultLines(sampleRun([suite({ ...violatedJudgement, findings }, 'demo/broken')], 1), {
    columns: 80, hasColour: false,
  }, folder).join('\n')
  expect(text).toContain('onceproof replay other')
  expect(text).toContain('and 17 more in report.json')
})

test('what was left out is one labelled block, and no line of it is too long', () => {
  const [row] = violatedJudgement.grid
  const judgement: Judgement = {
    ...certifiedJudgement,
    leftOut: [
      { fault: 'overtake', why: 'the subject takes one message at a time', by: 'subject' },
      { fault: 'race', why: 'the suite forbids two at once (subject.exclusive)', by: 'suite' },
    ],
    grid: row === undefined ? [] : [{
      ...row, faults: {
        kill: { planned: 1, fired: 1, worst: undefined, end: 'fired' },
        'self-race': { planned: 1, fired: 0, worst: undefined, end: 'not-applicable', why: 'the subject leaves' },
      },
    }],
  }
  const facts = suite(judgement, 'demo/right')
  const scope = { ...facts.scope, faults: ['kill', 'overtake', 'race', 'self-race'] }
  const lines = resultLines(sampleRun([{ ...facts, scope }]), { columns: 60, hasColour: false }, folder)
  const from = lines.findIndex((line) => line.startsWith('  left out'))
  expect(lines.slice(from, from + 5)).toEqual([
    '  left out    overtake, not applicable: the subject takes',
    '              one message at a time',
    '              race: the suite forbids two at once',
    '              (subject.exclusive)',
    '              self-race at 1 point, not applicable: the',
  ])
})

test('faults chosen by hand earn no badge', () => {
  const partial = { ...right, scope: { ...right.scope, partial: true } }
  const [first] = lastLines(sampleRun([partial]), { columns: undefined, hasColour: false }, folder)
  expect(first).toMatch(/^CERTIFIED \(PARTIAL\), profile quick/)
})

test('a suite that could not be run says why', () => {
  const failed = { ...sampleSuite(inconclusiveJudgement, 'demo/failed'), failure: 'it never became ready' }
  const run = sampleRun([{ ...failed, claim: claimOf(failed) }], 3)
  const text = resultLines(run, { columns: 80, hasColour: false }, folder).join('\n')
  expect(text).toContain('Could not be run: it never became ready')
  expect(text).toContain('exit 3: could not run')
})
