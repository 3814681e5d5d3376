/** A finding's sentence says things in the order in which they happened. */
import { expect, test } from 'vitest'
import type { Event } from '../../model/event.ts'
import { sampleHistory, sampleStored } from '../testing.ts'
import { evidenceOf, indexOf } from './evidence.ts'
import { ladderOf, storyOf } from './story.ts'

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
