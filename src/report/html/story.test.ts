/** A finding's sentence says things in the order in which they happened. */
import { expect, test } from 'vitest'
import type { Event } from '../../model/event.ts'
import { sampleHistory, sampleStored } from '../testing.ts'
import { evidenceOf, indexOf } from './evidence.ts'
import { ladderOf, storyOf, storyOfFault } from './story.ts'

const [stored] = sampleStored({ text: 'm-1' }).suites
const finding = stored?.suite.findings[0]

function told(history: Event[]): string {
  return finding === undefined ? '' : storyOf(finding, evidenceOf(indexOf(history), finding))
}

test('what was settled after the fault is said after it', () => {
  expect(told(sampleHistory({ text: 'm-1' }))).toBe('Message m-1 was delivered to i1; at "m-1" the process was killed '
    + '(SIGKILL) there and started again; it was delivered again, to i2, and settled (ack) by i2. In the end m-1.')
})

test('what was settled before the fault is said before it', () => {
  const history = sampleHistory({ text: 'm-1' }).filter((event) => event.type !== 'delivered' || !event.redelivered)
  const early = history.map((event): Event => (event.type === 'settled' ? { ...event, atMs: 1 } : event))
  expect(told(early)).toBe('Message m-1 was delivered to i1 and settled (ack); at "m-1" the process was killed '
    + '(SIGKILL) there and started again. In the end m-1.')
})

test('the ladder ends where the message was seen last', () => {
  const history = sampleHistory({ text: 'm-1', effects: 0 })
    .filter((event) => event.type !== 'settled' && event.type !== 'operation-started')
  const rungs = finding === undefined ? [] : ladderOf(evidenceOf(indexOf(history), finding))
  expect(rungs.map((rung) => rung.yes)).toEqual([true, true, false, false, false])
})

test('a message that only came by after a fault is shown with the step of the fault', () => {
  const history = sampleHistory({ text: 'm-1' })
  const later: Event = {
    seq: 100, atMs: 99, cell: 'c1', step: 'sweep-2', type: 'step-started', phase: 'sweep', context: 'cold',
    messages: ['m-2'], faults: [],
  }
  const after = finding === undefined ? undefined : { ...finding, message: 'm-2', witness: [100] }
  const evidence = after === undefined ? undefined : evidenceOf(indexOf([...history, later]), after)
  expect([...evidence?.messages ?? []]).toEqual(['m-1', 'm-2'])
  expect(evidence?.events.map((event) => event.step)).toContain('sweep-1')
})

test('who settled in vain is named', () => {
  const history = sampleHistory({ text: 'm-1' })
  const lost: Event = {
    type: 'settlement-lost', incarnation: 'i1', delivery: '1:1', message: 'm-1', seq: 90, atMs: 90, cell: 'c1',
    step: 'sweep-1',
  }
  expect(told([...history, lost])).toContain('and settled (ack) by i2; i1 settled it too, and nobody heard of that.')
})

test('a step of several messages tells which one it is, and names them in what was found', () => {
  const other: Event = {
    type: 'sent', message: 'm-0', copy: 1, outcome: 'ok', seq: 1.5, atMs: 0, cell: 'c1', step: 'sweep-1',
  }
  const [start, ...rest] = sampleHistory({ text: 'm-1' })
  expect(told(start === undefined ? [] : [start, other, ...rest])).toMatch(
    /^Message m-1 \(B, one of 2\) was delivered .* In the end m-1 \(B\)\.$/)
})

test('places: two for a pair, none for a whole message', () => {
  const story = (fault: string, point: string): string => (finding === undefined ? ''
    : storyOf({ ...finding, fault, schedule: [{ fault, point }] }, undefined))
  expect(story('race-twice', 'a before | b before')).toContain('; at "a before" and "b before" two incarnations had')
  expect(story('kill', 'a before | b before')).toContain('; at "a before | b before" the process')
  expect(story('race-twice', 'SELECT a | b#1 before | c#1 before')).toContain('; at "SELECT a | b#1 before" and "c#1')
  expect(story('twins', 'message')).toContain('Message m-1; a second message came that is equal')
})

test('an error is told with its name, and whether the work was done', () => {
  expect(storyOfFault('error 40P01')).toBe('the server refused this with an error (40P01)')
  expect(storyOfFault('kill hard')).toBe('kill hard happened')
  expect(storyOfFault('constructor')).toBe('constructor happened')
  const history = sampleHistory({ text: 'm-1' })
  const answered: Event = {
    type: 'fault-did', fault: 'error 500-done', point: 'p', verb: 'answer', seq: 90, atMs: 90, cell: 'c1',
    step: 'sweep-1', detail: 'answered with 500-done, and the work was done',
  }
  const one = finding === undefined ? undefined
    : { ...finding, schedule: [{ fault: 'error 500-done', point: 'p' }] }
  expect(one === undefined ? '' : storyOf(one, evidenceOf(indexOf([...history, answered]), one)))
    .toContain('at "p" the server refused this with an error: answered with 500-done, and the work was done;')
})
