/** What was left out, what can't happen, and what has no place: three things in three wordings. */
import { expect, test } from 'vitest'
import { profileFaults } from '../faults/registry.ts'
import type { LeftOut } from '../model/verdict.ts'
import {
  carriedOutKinds, endOf, faultWords, kindOf, leftOutWords, notApplicableWords, outsideOf, profileWords,
  type Cell, type ScopedSuite,
} from './scope-words.ts'

const forbidden: LeftOut = { fault: 'race', why: 'the suite forbids two at once', by: 'suite' }
const impossible: LeftOut = { fault: 'overtake', why: 'it takes one message at a time', by: 'subject' }
const fired: Cell = { planned: 1, fired: 1, worst: null, end: 'fired' }

function suite(faults: readonly string[], more: Partial<ScopedSuite> = {}): ScopedSuite {
  return {
    profile: 'full', scope: { faults, contexts: ['cold', 'warm', 'convoy', 'recovery'], partial: false },
    leftOut: [], grid: [], ...more,
  }
}

test('the last line is short: names are given where a person chose them', () => {
  const whole = suite(profileFaults.full)
  expect([profileWords(whole), faultWords(whole)]).toEqual(['profile full', `full: ${profileFaults.full.length} kinds`])
  const own = suite(['kill', 'race'])
  expect([profileWords(own), faultWords(own)]).toEqual(['profile full, the suite\'s own faults', 'kill and race'])
  const byHand = { ...own, scope: { ...own.scope, partial: true } }
  expect([profileWords(byHand), faultWords(byHand)]).toEqual(['profile full, faults chosen by hand', 'kill and race'])
  const quick = suite(profileFaults.quick, { profile: 'quick' })
  expect(faultWords(quick)).toBe(`quick: ${profileFaults.quick.length} kinds`)
})

test('what the suite forbids is said in the last line, what can not happen is not', () => {
  const both = suite(profileFaults.full, { leftOut: [forbidden, impossible] })
  expect(profileWords(both)).toBe('profile full, 1 kind of fault left out')
  expect(faultWords(both)).toBe(`full: ${profileFaults.full.length} kinds, 2 of them left out`)
  expect(profileWords({ ...both, leftOut: [impossible] })).toBe('profile full')
})

test('kinds of one reason are one sentence, and only evidence is called not applicable', () => {
  const out = [forbidden, { ...forbidden, fault: 'zombie' }, impossible]
  expect(leftOutWords(suite(['race', 'zombie', 'overtake'], { leftOut: out }))).toEqual([
    'overtake, not applicable: it takes one message at a time',
    'race and zombie: the suite forbids two at once',
  ])
})

test('a kind without a place is told, and a variant is a place of its kind', () => {
  const grid = [{ point: 'a', context: 'cold', faults: { 'error 40P01': fired } }]
  expect(leftOutWords(suite(['error', 'self-race', 'race'], { grid, leftOut: [forbidden] }))).toEqual([
    'race: the suite forbids two at once', 'self-race: no point was found for it',
  ])
  expect(leftOutWords(suite(['kill']))).toEqual([])
})

test('not applicable and not exercised are never taken for one another', () => {
  const cells: Readonly<Record<string, Cell>> = {
    race: { planned: 1, fired: 0, worst: null, end: 'not-applicable', why: 'it is a standby' },
    kill: { planned: 1, fired: 0, worst: null, end: 'not-exercised', why: 'it was late' },
    cut: fired,
  }
  const grid = ['a', 'b'].map((point) => ({ point, context: 'cold', faults: cells }))
  expect(notApplicableWords(suite([], { grid }))).toEqual(['race at 2 points, not applicable: it is a standby'])
  expect(carriedOutKinds({ grid })).toEqual(['cut'])
})

test('without a stored end the counts say it, and nothing becomes not applicable', () => {
  expect(endOf({ planned: 2, fired: 1, worst: null })).toBe('not-exercised')
  expect(endOf({ planned: 1, fired: 1, worst: null })).toBe('fired')
  expect(endOf({ planned: 2, fired: 1, worst: null, end: 'fired' })).toBe('fired')
})

test('what is outside of a scope', () => {
  expect(outsideOf(suite(profileFaults.full).scope)).toBeUndefined()
  const few = suite(profileFaults.full.filter((fault) => fault !== 'race' && fault !== 'error'))
  expect(outsideOf(few.scope)).toBe('race and error')
  expect(outsideOf({ ...few.scope, faults: [...few.scope.faults, 'error 40P01'] })).toBe('race')
  expect(outsideOf({ ...suite(profileFaults.full).scope, contexts: ['cold'] })).toBe('warm incarnations and convoys')
  expect(kindOf('error 57P01-done')).toBe('error')
})
