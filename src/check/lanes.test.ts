/** Messages of several lanes are each held to what the fault-free ones of their own lane show. */
import { expect, test } from 'vitest'
import { judge } from './judge.ts'
import { killed, world, type Reading, type Story, type World } from './testing.ts'

const effects = [{ name: 'invoice', expectation: 'once' }, { name: 'refund', expectation: 'once' }] as const
const invoice: Reading = { effect: 'invoice' }
const refund: Reading = { effect: 'refund' }

const baseline: readonly Story[] = [
  ...['m1', 'm2'].map((message): Story => ({ message, phase: 'baseline', lane: 'orders', found: [invoice] })),
  ...['n1', 'n2'].map((message): Story => ({ message, phase: 'baseline', lane: 'returns', found: [refund] })),
]

function judged(lane: string, found: readonly Reading[], change: World = {}): string[] {
  const stories: Story[] = [{ ...killed, lane, found }]
  const { findings, doubts } = judge(world({ effects, baseline, stories, ...change }))
  return [...findings.map(({ anomaly, effect }) => `${anomaly} ${effect}`), ...doubts.map(({ code }) => code)]
}

test('an effect is owed where the messages of the lane have it', () => {
  expect(judged('orders', [invoice])).toEqual([])
  expect(judged('returns', [refund])).toEqual([])
  expect(judged('returns', [])).toEqual(['lost refund'])
  expect(judged('orders', [])).toEqual(['lost invoice'])
})

test('one that is there twice is too much on any lane', () => {
  expect(judged('returns', [refund, refund])).toEqual(['duplicate refund'])
})

test('a lane whose own messages are of two minds is a doubt', () => {
  const odd = baseline.map((story) => (story.message === 'n2' ? { ...story, found: [refund, invoice] } : story))
  expect(judged('orders', [invoice], { baseline: odd })).toContain('unstable-baseline')
})
