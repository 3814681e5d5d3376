/** Merged points, struck on their own: what counts as a check, and what as a disagreement. */
import { describe, expect, test } from 'vitest'
import { compareExhaustive } from './exhaustive.ts'
import { judge } from './judge.ts'
import { compareMerged } from './merged.ts'
import { ev, history, killed, killPoint, learn, stepId, world, type Draft, type Story } from './testing.ts'

const alias: Story = { ...killed, message: 'm5', cell: 'c2', faults: [{ fault: 'kill', point: 'orders ack#1 before' }] }
const doubled = { found: [{}, {}] }

/** `cut` tells both names apart. */
const ownPoint = ev({
  type: 'point-found', point: 'orders ack#1 before', also: [], context: 'warm', faults: ['cut'],
})

describe('a merged name that was struck', () => {
  test('agrees when it shows the same', () => {
    expect(compareMerged(world({ stories: [killed, alias] }))).toEqual({ checked: 1, disagreed: 0, where: [] })
    const both = world({ stories: [{ ...killed, ...doubled }, { ...alias, ...doubled }] })
    expect(compareMerged(both)).toEqual({ checked: 1, disagreed: 0, where: [] })
  })
  test('disagrees when it shows something else', () => {
    expect(compareMerged(world({ stories: [killed, { ...alias, ...doubled }] }))).toEqual({
      checked: 1, disagreed: 1,
      where: [`kill at orders ack#1 before: duplicate of invoice; at ${killPoint}: nothing wrong`],
    })
  })
  test('counts only when both came about, in one context', () => {
    const nothing = { checked: 0, disagreed: 0, where: [] }
    expect(compareMerged(world({ stories: [killed] }))).toEqual(nothing)
    expect(compareMerged(world({ stories: [alias] }))).toEqual(nothing)
    expect(compareMerged(world({ stories: [killed, { ...alias, faultEnd: 'not-exercised' }] }))).toEqual(nothing)
    expect(compareMerged(world({ stories: [killed, { ...alias, context: 'cold' }] }))).toEqual(nothing)
  })
  test('is known as merged although another fault has it as a point of its own', () => {
    const cut: Story = { ...killed, message: 'm6', faults: [{ fault: 'cut', point: 'orders ack#1 before' }] }
    const told = world({ stories: [killed, alias, cut], also: [ownPoint] })
    expect(compareMerged(told)).toEqual({ checked: 1, disagreed: 0, where: [] })
  })
})

describe('reads and writes at once', () => {
  const read = (story: Story, done: boolean): Draft[] => [
    ev({
      type: 'operation-started', incarnation: `${story.message}-i1`, connection: 'k-read', operation: story.message,
      link: 'db', kind: 'SELECT', text: '', occurrence: 1, reads: true, oneWay: false, handshake: false, cause: 'token',
      message: story.message,
    }, stepId(story)),
    ...!done ? []
      : [ev({ type: 'operation-ended', operation: story.message, outcome: 'ok', detail: '' }, stepId(story))],
  ]
  test('agree whether the read was answered or not', () => {
    const told = world({ stories: [{ ...killed, also: read(killed, true) }, { ...alias, also: read(alias, false) }] })
    expect(compareMerged(told)).toEqual({ checked: 1, disagreed: 0, where: [] })
  })
  test('disagree when the read had written something after all', () => {
    const told = world({ stories: [
      { ...killed, also: read(killed, true), found: [{}, {}] }, { ...alias, also: read(alias, false) },
    ] })
    expect(compareMerged(told)).toMatchObject({ checked: 1, disagreed: 1 })
  })
})

test('a comparison that fails is a disagreement and no exception', () => {
  const failing = [{ kind: 'lost' as const, check: () => { throw new RangeError('no such row') } }]
  const where = ['the comparison failed, which is a bug of ours: no such row']
  expect(compareMerged(world(), failing)).toEqual({ checked: 0, disagreed: 1, where })
  expect(compareExhaustive(world(), failing)).toMatchObject({ boundaries: 0, disagreements: where })
})

describe('its step in the judgement', () => {
  test('is neither a point nor a finding of its own', () => {
    const cut: Story = { ...killed, message: 'm6', faults: [{ fault: 'cut', point: 'orders ack#1 before' }] }
    const stories = [{ ...killed, ...doubled }, { ...alias, ...doubled }, cut]
    const judged = judge(world({ stories, also: [ownPoint] }))
    expect(judged.findings).toMatchObject([{ fault: 'kill', point: killPoint, count: 2 }])
    expect(judged.points).toEqual({ k: 2, K: 2 })
    expect(judged.faults).toMatchObject({ planned: 2, fired: 2 })
  })
  test('takes nothing from the point when it did not come about', () => {
    const judged = judge(world({ stories: [killed, { ...alias, faultEnd: 'not-exercised', end: 'not-exercised' }] }))
    expect(judged).toMatchObject({ verdict: 'certified', points: { k: 1, K: 1 } })
  })
})

test('a disagreement is a blocking doubt that says where', () => {
  const isOther = (draft: Draft): boolean => draft.type === 'learned' && draft.what === 'merge-check'
  const where = ['kill at b before: nothing wrong; at a after: duplicate of invoice']
  const judged = judge(history([
    ...world({ without: isOther }), learn('merge-check', { checked: 5, disagreed: 1, where }),
  ]))
  expect(judged.doubts).toMatchObject([{ code: 'merge-disagreed', blocking: true }])
  expect(judged.doubts[0]?.detail).toContain(where[0])
})
