/** JUnit XML is read back strictly: counts, unique names, and no inconclusive run that passes. */
import type { Document, Element } from '@xmldom/xmldom'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { certifiedJudgement, inconclusiveJudgement, violatedJudgement } from '../model/testing.ts'
import { junitReport } from './junit.ts'
import type { StoredRun } from './stored-run.ts'
import { hostile, parseStrict, plainStored, sampleStored } from './testing.ts'

function parsed({ report }: Pick<StoredRun, 'report'>): Document {
  return parseStrict(junitReport(report, 'reports/x/index.html'))
}

function all(document: Document, name: string): Element[] {
  return [...document.getElementsByTagName(name)]
}

function areCounted(document: Document): void {
  const [root] = all(document, 'testsuites')
  const names = { tests: 'testcase', failures: 'failure', errors: 'error', skipped: 'skipped' }
  for (const [attribute, name] of Object.entries(names)) {
    expect(root?.getAttribute(attribute)).toBe(String(all(document, name).length))
  }
  const cases = all(document, 'testcase').map((one) => `${one.getAttribute('classname')}\n${one.getAttribute('name')}`)
  expect(new Set(cases).size).toBe(cases.length)
}

test('a certified suite passes', () => {
  const document = parsed(plainStored([certifiedJudgement]))
  areCounted(document)
  expect(all(document, 'failure').length + all(document, 'error').length).toBe(0)
})

test('a finding is a failure with its replay', () => {
  const document = parsed(plainStored([violatedJudgement]))
  areCounted(document)
  const [failure] = all(document, 'failure')
  expect(failure?.getAttribute('type')).toBe('duplicate')
  expect(failure?.textContent).toContain('onceproof replay D5eIJE')
  expect(all(document, 'system-out')[0]?.textContent).toBe('[[ATTACHMENT|reports/x/index.html]]')
})

test('inconclusive is an error', () => {
  const document = parsed(plainStored([inconclusiveJudgement]))
  areCounted(document)
  expect(all(document, 'error').map((one) => one.getAttribute('type'))).toEqual(['Inconclusive'])
})

test('what could not be run, and a run that was cut short, are errors', () => {
  const { report } = plainStored([inconclusiveJudgement])
  const failed = { ...report, suites: report.suites.map((suite) => ({ ...suite, failure: 'it never became ready' })) }
  expect(all(parsed({ report: failed }), 'error')[0]?.getAttribute('message')).toBe('it never became ready')
  const cut = { ...report, suites: [], run: { ...report.run, end: 'interrupted' as const } }
  expect(all(parsed({ report: cut }), 'error')).toHaveLength(1)
})

test('what never fired is skipped', () => {
  const skipped = all(parsed(sampleStored({ text: 'late' })), 'skipped')
  expect(skipped.map((one) => one.getAttribute('message'))).toEqual(['not exercised: 1 of 2 fired'])
})

test('what can not happen is skipped with its evidence, and what was left out is a property', () => {
  const [row] = certifiedJudgement.grid
  const cut = { planned: 1, fired: 0, worst: undefined, end: 'not-applicable' as const, why: 'it is a standby' }
  const judgement = {
    ...certifiedJudgement, grid: row === undefined ? [] : [{ ...row, faults: { cut } }],
    leftOut: [{ fault: 'race', why: 'the suite forbids it', by: 'suite' as const }],
  }
  const document = parsed(plainStored([judgement]))
  const skipped = all(document, 'skipped').map((one) => one.getAttribute('message'))
  expect(skipped).toEqual(['not applicable: it is a standby'])
  const out = all(document, 'property').find((one) => one.getAttribute('name') === 'left out')
  expect(out?.getAttribute('value')).toContain('race: the suite forbids it')
  expect(out?.getAttribute('value')).toContain('cut at 1 point, not applicable: it is a standby')
})

test('any text parses', () => {
  for (const text of hostile) areCounted(parsed(sampleStored({ text }, 3)))
  const counts = fc.property(fc.string({ unit: 'binary' }), (text) => areCounted(parsed(sampleStored({ text }, 2))))
  fc.assert(counts, { numRuns: 30 })
})
