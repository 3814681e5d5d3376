/** The step summary fits, and neither it nor an annotation lets foreign text mean anything. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { certifiedJudgement, inconclusiveJudgement, violatedJudgement } from '../model/testing.ts'
import { block, code, prose } from './markdown.ts'
import { annotations, stepSummary } from './step-summary.ts'
import { hostile, plainStored, sampleStored } from './testing.ts'

const KIB = 1024

test('verdict, suites, findings and how to replay', () => {
  const text = stepSummary(plainStored([certifiedJudgement, violatedJudgement]).report)
  expect(text).toMatch(/^### .* Onceproof: violated/)
  expect(text).toContain('| `demo/certified-1` |')
  expect(text).toContain('onceproof replay D5eIJE')
})

test('what was left out is listed', () => {
  const leftOut = [{ fault: 'race', why: 'the suite forbids it', by: 'suite' as const }]
  const text = stepSummary(plainStored([{ ...certifiedJudgement, leftOut }]).report)
  expect(text).toContain('- left out: race: the suite forbids it')
  expect(text).toContain('the suite\'s own faults, 1 kind of fault left out')
})

test('it never grows beyond its room, and says where the rest is', () => {
  const { report } = sampleStored({ text: 'wide '.repeat(900) }, 100)
  const many = { ...report, suites: Array.from({ length: 30 }, () => report.suites).flat() }
  const text = stepSummary(many)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900 * KIB)
  expect(Buffer.byteLength(text)).toBeGreaterThan(800 * KIB)
  expect(text.trimEnd()).toMatch(/no more room\._$/)
  expect(Buffer.byteLength(stepSummary(many, 890 * KIB))).toBeLessThanOrEqual(10 * KIB)
  expect(stepSummary(many, 900 * KIB)).toBe('')
})

test('at most eight annotations, each one line', () => {
  for (const text of hostile) {
    const lines = annotations(sampleStored({ text }, 12).report)
    expect(lines).toHaveLength(8)
    for (const line of lines) expect(line).toMatch(/^::error file=[^,:]*,line=1,title=[^,:]*::[^\n\r]*$/)
  }
  expect(annotations(plainStored([certifiedJudgement]).report)).toEqual([])
  expect(annotations(plainStored([inconclusiveJudgement]).report)).toHaveLength(1)
})

test('code holds whatever backticks are in it', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' ') }), (text) => {
    const [fence = ''] = /^`+/.exec(code(text)) ?? []
    expect(code(text).slice(fence.length, -fence.length)).not.toMatch(new RegExp(`(?<!\`)${fence}(?!\`)`))
    const [wall = ''] = /^`+/.exec(block(text)) ?? []
    expect(block(text).split(wall)).toHaveLength(3)
  }))
})

test('prose makes no element, link, mention or heading', () => {
  const text = prose('# a <b> [x](y) @team #1 https://example.org `code` *x* | ~y~')
  expect(text).toBe('\\# a \\<b\\> \\[x\\](y) @\u200bteam \\#1 https:\u200b//example.org '
    + '\\`code\\` \\*x\\* \\| \\~y\\~')
  expect(prose('- x')).toBe('\\- x')
  expect(prose('1. x')).toBe('1\\. x')
})
