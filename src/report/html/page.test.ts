/** The page is read back by a strict parser: what it holds, and that foreign text never becomes structure. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Document, Element } from '@xmldom/xmldom'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packageFolder } from '../../lib/package-info.ts'
import { anomalyKinds } from '../../model/anomaly.ts'
import { certifiedJudgement, inconclusiveJudgement, sampleFinding, violatedJudgement } from '../../model/testing.ts'
import { cures } from '../cures.ts'
import { legible } from '../markup.ts'
import type { StoredRun } from '../stored-run.ts'
import { hostile, parseStrict, plainStored, sampleHistory, sampleStored } from '../testing.ts'
import { htmlReport } from './page.ts'

function page(run: StoredRun): Document {
  return parseStrict(htmlReport(run))
}

function elements(document: Document, name: string, className?: string): Element[] {
  return [...document.getElementsByTagName(name)].filter((one) => className === undefined
    || (one.getAttribute('class') ?? '').split(' ').includes(className))
}

function words(element: Document | Element | undefined): string {
  const text = element !== undefined && 'documentElement' in element ? element.documentElement?.textContent
    : element?.textContent
  return (text ?? '').replaceAll(/\s+/g, ' ')
}

/** Every element by name, in order: what must be the same whatever the texts are. */
function structure(document: Document): string {
  return [...document.getElementsByTagName('*')].map((one) => one.tagName).join(' ')
}

const sound = 'an ordinary text'

test('a violated run: verdict, doubts, findings, grid, facts and a section, in this order', () => {
  const document = page(sampleStored({ text: sound }))
  expect(words(elements(document, 'h1')[0])).toContain('VIOLATED')
  const headings = elements(document, 'h3').map(words)
  expect(headings.slice(0, 5)).toEqual([
    'Doubts', 'Findings', 'Points and faults', 'Observations and limits', 'What it stands on',
  ])
  expect(headings[5]).toContain('duplicate')
  const section = elements(document, 'section', 'finding')[0]
  expect(section?.getAttribute('id')).toBe('D5eIJE0')
  expect(words(section)).toContain('was delivered to i1')
  expect(words(section)).toContain('the process was killed (SIGKILL) there')
  expect(words(section)).toContain('it was delivered again, to i2, and settled (ack) by i2')
  expect(words(section)).toContain(cures.duplicate.page)
  expect(words(document)).toContain('onceproof replay D5eIJE')
})

test('not exercised is hatched and says so', () => {
  const hatched = elements(page(sampleStored({ text: sound })), 'td', 'hatched').map(words)
  expect(hatched).toEqual(['? 1 of 2'])
  expect(words(page(sampleStored({ text: sound })))).toContain('? not exercised')
})

test('what can not happen, what did not and what was left out are told apart, with their reasons', () => {
  const why = 'the subject leaves when its connection goes'
  const cell = { planned: 1, fired: 0, worst: undefined, why }
  const judgement = {
    ...certifiedJudgement, leftOut: [{ fault: 'race', why: 'the suite forbids it', by: 'suite' as const }],
    grid: [
      {
        point: 'db COMMIT#1 before', also: [], context: 'cold', faults: {
          'self-race': { ...cell, end: 'not-applicable' as const }, kill: { ...cell, end: 'not-exercised' as const },
        },
      },
      {
        point: 'db A#1 before | db B#1 before', also: [], context: 'cold',
        faults: { 'race-twice': { planned: 2, fired: 1, worst: undefined, end: 'fired' as const } },
      },
    ],
  }
  const run = plainStored([judgement])
  const suites = run.suites.map(({ suite, ...rest }) => ({
    ...rest, suite: { ...suite, scope: { ...suite.scope, faults: ['kill', 'race', 'self-race', 'race-twice'] } },
  }))
  const document = page({ report: { ...run.report, suites: suites.map(({ suite }) => suite) }, suites })
  expect(elements(document, 'td', 'apart').map((td) => [words(td), td.getAttribute('title')])).toEqual(
    [['n/a 1', `not applicable: ${why}`]])
  expect(elements(document, 'td', 'hatched').map((td) => [words(td), td.getAttribute('title')])).toEqual(
    [['? 0 of 1 2', `not exercised: ${why}`]])
  expect(elements(document, 'ol', 'reasons').map(words)).toEqual([`not applicable: ${why}not exercised: ${why}`])
  const grids = elements(document, 'table', 'grid')
  expect(grids.map((grid) => [...grid.getElementsByTagName('th')].filter((th) => th.getAttribute('scope') === 'col')
    .map(words))).toEqual([['point', 'kill', 'self-race'], ['point', 'race-twice']])
  expect(elements(document, 'td', 'ok').map(words)).toContain('\u2714 1 of 2')
  expect(words(document)).toContain('race: the suite forbids it')
  expect(words(document)).toContain(`self-race at 1 point, not applicable: ${why}`)
})

test('every row of the picture leads to its event, and none is twice', () => {
  const document = page(sampleStored({ text: sound }))
  const ids = [...document.getElementsByTagName('*')].map((one) => one.getAttribute('id')).filter((id) => id !== null)
  expect(new Set(ids).size).toBe(ids.length)
  const targets = elements(document, 'a').map((one) => one.getAttribute('href') ?? '')
  expect(targets.filter((target) => !ids.includes(target.slice(1)))).toEqual([])
  const rows = elements(document, 'a', 'row')
  expect(rows.map((row) => words(row.getElementsByTagName('title')[0])).every((text) => /^events? \d/.test(text)))
    .toBe(true)
})

test('what differs between effects is marked, what is equal is not', () => {
  const document = page(sampleStored({ text: sound }))
  const differing = elements(document, 'tr', 'differs').map((row) => words(row.getElementsByTagName('th')[0]))
  expect(differing).toEqual(['number'])
})

test('of a loss the page says where the message was seen last', () => {
  const run = sampleStored({ text: sound, effects: 0 })
  const section = elements(page(run), 'section', 'finding')[0]
  expect(words(section)).toContain('Where the message was seen last')
  expect(words(section)).toContain('\u2714 yes Settled? ack')
  expect(words(section)).toContain(`\u2716 no Effect ${sound} there in the end?`)
})

test('several suites: a table that leads to each, and one verdict over all', () => {
  const document = page(plainStored([certifiedJudgement, violatedJudgement, inconclusiveJudgement]))
  const headings = elements(document, 'h2').map((one) => [one.getAttribute('id'), words(one)])
  expect(headings).toEqual([
    ['suite-1', 'demo/certified-1'], ['suite-2', 'demo/violated-2'], ['suite-3', 'demo/inconclusive-3'],
  ])
  expect(words(document)).toContain('Of 3 suites: 1 violated, 1 inconclusive and 1 certified.')
})

test('without a journal the page says what it can', () => {
  const document = page(plainStored([violatedJudgement]))
  expect(words(document)).toContain(sampleFinding.detail)
  expect(words(document)).toContain('can\'t be drawn')
  expect(elements(document, 'svg')).toEqual([])
})

test('a certified run says what is not claimed', () => {
  const text = words(page(plainStored([certifiedJudgement])))
  expect(text).toContain('CERTIFIED')
  expect(text).toContain('other interleavings')
})

test('one script, known to the policy, and nothing that is fetched', () => {
  const text = htmlReport(sampleStored({ text: sound }))
  expect(text.match(/<script/g)).toHaveLength(1)
  expect(text).toContain('default-src &apos;none&apos;')
  expect(text).not.toMatch(/<link|<img|@import|url\(|src="/)
})

test('ten findings with long texts stay below 5 MB', () => {
  const text = htmlReport(sampleStored({ text: '<&> '.repeat(50_000) }, 10))
  expect(Buffer.byteLength(text)).toBeLessThan(5 * 1024 * 1024)
})

/** Empty texts and names that a history treats as one leave things out; here all are told apart by a prefix. */
function isOnlyText(text: string): void {
  const named = `x${text}`
  const document = page(sampleStored({ text: named }))
  expect(structure(document)).toBe(structure(page(sampleStored({ text: sound }))))
  expect(words(document)).toContain(legible(named).replaceAll(/\s+/g, ' ').trim().slice(0, 40))
}

test.each(hostile.map((text) => [JSON.stringify(text).slice(0, 60), text]))('%s is only text', (_, text) => {
  isOnlyText(text)
})

test('any text is only text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), isOnlyText), { numRuns: 25 })
})

test('texts without a prefix break nothing', () => {
  for (const text of hostile) expect(() => page(sampleStored({ text }))).not.toThrow()
})

test('a confirmation is drawn before the delivery of what it confirms', () => {
  const document = page(sampleStored({ text: sound }))
  const rows = elements(document, 'a', 'row').map((row) => words(row.getElementsByTagName('text')[0]))
  expect(rows.slice(0, 2)).toEqual(['sent', 'delivered'])
  expect(sampleHistory({ text: sound }).findIndex((event) => event.type === 'sent'))
    .toBeGreaterThan(sampleHistory({ text: sound }).findIndex((event) => event.type === 'delivered'))
})

test('a cure\'s page is there, and every page of the zoo is named', () => {
  for (const kind of anomalyKinds) {
    expect({ kind, page: existsSync(join(packageFolder, 'suites', 'zoo', kind, 'README.md')) })
      .toEqual({ kind, page: cures[kind].page !== undefined })
  }
})
