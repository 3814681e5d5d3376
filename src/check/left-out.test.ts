/** What can't happen, what did not happen, and what was not planned are three things, and none is said for another. */
import { expect, test } from 'vitest'
import type { FaultEnd } from '../model/event.ts'
import { judge } from './judge.ts'
import { ev, killed, killPoint, learn, stepId, world, type Draft, type Story } from './testing.ts'

function ended(end: FaultEnd, detail: string): Story {
  const event: Draft = ev({ type: 'fault-ended', fault: 'kill', point: killPoint, end, detail }, stepId(killed))
  return { ...killed, deliveries: ['ack'], faultEnd: 'none', also: [event] }
}

test('a cell says how its fault ended and why it did not fire', () => {
  const cell = (story: Story): unknown => judge(world({ stories: [story] })).grid[0]?.faults['kill']
  const tried = { planned: 1, fired: 0, worst: undefined }
  expect(cell(killed)).toEqual({ planned: 1, fired: 1, worst: undefined, end: 'fired' })
  expect(cell(ended('not-applicable', 'it is a standby'))).toEqual(
    { ...tried, end: 'not-applicable', why: 'it is a standby' })
  expect(cell(ended('not-exercised', 'it was late'))).toEqual({ ...tried, end: 'not-exercised', why: 'it was late' })
})

test('what was never tried is not exercised', () => {
  const found = ev({ type: 'point-found', point: 'db COMMIT#2 after', also: [], context: 'cold', faults: ['kill'] })
  const row = judge(world({ also: [found] })).grid.find(({ point }) => point === 'db COMMIT#2 after')
  expect(row?.faults['kill']).toMatchObject({ fired: 0, end: 'not-exercised', why: 'never tried' })
})

test('a fault that fired at a second try has fired', () => {
  const late = { ...killed, message: 'm5', faultEnd: 'not-exercised' as const, deliveries: ['ack' as const] }
  const [row] = judge(world({ stories: [late, killed] })).grid
  expect(row?.faults['kill']).toEqual({ planned: 2, fired: 1, worst: undefined, end: 'fired' })
})

test('kinds of faults that were not planned are carried along, and count nowhere', () => {
  const out = [
    { fault: 'overtake', why: 'the subject takes one message at a time', by: 'subject' },
    { fault: 'race', why: 'the suite forbids two at once', by: 'suite' },
  ]
  const judged = judge(world({ also: [learn('left-out', out)] }))
  expect(judged).toMatchObject({ verdict: 'certified', leftOut: out })
  expect(judged.faults).toEqual({ fired: 1, planned: 1, notApplicable: 0 })
  expect(judge(world()).leftOut).toEqual([])
})

test('one that does not say whose doing it was counts as the suite\'s', () => {
  const [one] = judge(world({ also: [learn('left-out', [{ fault: 'race', why: 'so' }])] })).leftOut
  expect(one?.by).toBe('suite')
})

test('one that can not be read is a doubt', () => {
  const judged = judge(world({ also: [learn('left-out', 'race')] }))
  expect(judged).toMatchObject({ verdict: 'inconclusive', doubts: [{ code: 'malformed-fact', blocking: true }] })
})
