/**
 * What becomes of anomalies: grouping, stable ids, confirmations, and when one of them is not proof enough.
 */
import { describe, expect, test } from 'vitest'
import { judge } from './judge.ts'
import type { Story } from './testing.ts'
import { killed, killPoint, world } from './testing.ts'

const doubled: Story = { ...killed, found: [{}, {}] }

function findingId(): string {
  return judge(world({ stories: [doubled] })).findings[0]?.id ?? 'none'
}

describe('grouping', () => {
  test('one finding per anomaly, effect and schedule, over contexts and messages', () => {
    const cold: Story = { ...doubled, message: 'm5', context: 'cold', cell: 'c2' }
    const judged = judge(world({ stories: [doubled, cold] }))
    expect(judged.findings).toMatchObject([{ anomaly: 'duplicate', count: 2, context: 'warm' }])
  })
  test('another schedule is another finding', () => {
    const deeper: Story = { ...doubled, message: 'm5', phase: 'recovery', context: 'recovery',
      faults: [...killed.faults ?? [], { fault: 'kill', point: 'db SELECT#1 after' }] }
    const judged = judge(world({ stories: [doubled, deeper] }))
    expect(judged.findings.map((finding) => finding.point)).toEqual([killPoint, 'db SELECT#1 after'])
    expect(judged.findings[1]?.schedule.map((step) => step.point)).toEqual([killPoint, 'db SELECT#1 after'])
  })
  test('the id does not depend on messages, names of the point, or what else happened', () => {
    const other: Story = { ...doubled, message: 'm8', faults: [{ fault: 'kill', point: 'orders ack#1 before' }] }
    const judged = judge(world({ stories: [killed, other] }))
    expect(judged.findings).toMatchObject([{ id: findingId(), point: killPoint, message: 'm8' }])
  })
})

describe('confirmation', () => {
  const again: Story = { ...doubled, message: 'm6', phase: 'confirm', cell: 'c2' }
  test('counts the steps that show the same, out of those that were carried out', () => {
    const confirms = findingId()
    const stories: Story[] = [
      doubled,
      { ...again, confirms },
      { ...again, message: 'm7', cell: 'c3', found: [{}], confirms },
      { ...again, message: 'm8', cell: 'c4', end: 'not-exercised', confirms },
    ]
    expect(judge(world({ stories }))).toMatchObject({
      verdict: 'violated', findings: [{ id: confirms, confirmed: { k: 1, n: 2 }, count: 1 }],
    })
  })
  test('a confirmation is no finding of its own', () => {
    expect(judge(world({ stories: [killed, { ...again, confirms: 'whatever' }] })).findings).toEqual([])
  })
  test('0 of n stays violated when the witness of the train is whole', () => {
    const stories: Story[] = [doubled, { ...again, found: [{}], confirms: findingId() }]
    expect(judge(world({ stories }))).toMatchObject({ verdict: 'violated', findings: [{ confirmed: { k: 0, n: 1 } }] })
  })
  test('what follows a step that did not settle needs one', () => {
    const before: Story = { ...killed, message: 'm3a', end: 'deviated' }
    const train = [before, doubled]
    const judged = judge(world({ stories: train }))
    expect(judged.verdict).toBe('inconclusive')
    expect(judged.doubts.map((doubt) => doubt.code)).toEqual(['unconfirmed'])
    const confirmed: Story[] = [...train, { ...again, confirms: findingId() }]
    expect(judge(world({ stories: confirmed })).verdict).toBe('violated')
  })
  test('a loss whose fault never fired needs one', () => {
    const judged = judge(world({ stories: [{ ...killed, found: [], faultEnd: 'not-exercised' }] }))
    expect(judged).toMatchObject({ verdict: 'inconclusive', findings: [{ anomaly: 'lost' }] })
  })
})

test('a replay, which has no sweep, finds what it confirms', () => {
  const replayed: Story = { ...doubled, phase: 'confirm', confirms: findingId() }
  expect(judge(world({ stories: [replayed] }))).toMatchObject({
    verdict: 'violated', findings: [{ id: findingId(), confirmed: { k: 1, n: 1 } }],
  })
  expect(judge(world({ stories: [{ ...replayed, found: [{}] }] })).findings).toEqual([])
})

test('what a later fault-free message shows is the aftermath of the fault before it', () => {
  const bystander: Story = { message: 'm5', phase: 'settle', found: [] }
  expect(judge(world({ stories: [killed, bystander] })).findings)
    .toMatchObject([{ anomaly: 'lost', message: 'm5', fault: 'kill', point: killPoint }])
})

test('a reading taken twice is not a duplicate, and a half one does not count', () => {
  const once = world()
  const readings = once.filter((event) => event.type === 'effect-observed' || event.type === 'backlog-observed')
  const last = once.at(-1)?.seq ?? 0
  const again = readings.map((event, index) => ({ ...event, seq: last + index + 1 }))
  expect(judge([...once, ...again])).toMatchObject({ verdict: 'certified', findings: [] })
  expect(judge([...once, ...again.slice(0, 1)])).toMatchObject({ verdict: 'certified', findings: [] })
})
