/** Sums that messages share: what is planted is found, what is right is left alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Judgement } from '../model/verdict.ts'
import { judge } from './judge.ts'
import type { Draft, EffectPlan, Story, World } from './testing.ts'
import { ev, fine, killed, stepId, world } from './testing.ts'

const balance: EffectPlan = { name: 'balance', expectation: 'once', shared: 'sum' }
const invoice: EffectPlan = { name: 'invoice', expectation: 'once' }

/** The small world with amounts: three fault-free messages of 128, 256 and 512, and killed ones on the next key. */
const base = fine.map((story, i): Story => ({ ...story, key: 'c-1', amount: 128 * 2 ** i }))

function story(place: number, more: Partial<Story> = {}): Story {
  return { ...killed, message: `k${place}`, key: 'c-2', amount: 128 * 2 ** place, ...more }
}

function amounts(counts: readonly number[]): number {
  return counts.reduce((sum, times, place) => sum + times * 128 * 2 ** place, 0)
}

/** Killed messages, counted as often as said. */
function judged(counts: readonly number[], plan: World = {}, more: Partial<Story> = {}): Judgement {
  return judge(world({
    effects: [balance], baseline: base, stories: counts.map((_, place) => story(place, more)),
    rows: [{ effect: 'balance', key: 'c-1', sum: 896 }, { effect: 'balance', key: 'c-2', sum: amounts(counts) }],
    ...plan,
  }))
}

function accused(judgement: Judgement): string[] {
  return judgement.findings.map(({ anomaly, effect, message, detail }) => `${anomaly} ${effect} ${message}: ${detail}`)
}

describe('a sum', () => {
  test('of every message once is certified', () => {
    expect(judged([1, 1, 1])).toMatchObject({ verdict: 'certified', findings: [], doubts: [] })
    expect(judged([1, 1, 1]).messages).toMatchObject({ sent: 6, complete: 6 })
  })
  test('names who is there twice, or not at all, and the difference', () => {
    expect(accused(judged([1, 2, 1]))).toEqual([
      'duplicate balance k1: balance of c-2 is 1152, 256 more than its messages amount to: k1 is counted twice',
    ])
    expect(accused(judged([1, 0, 1]))).toEqual([
      'lost balance k1: k1 was settled and balance of c-2 is 640, 256 less than its messages amount to: '
        + 'k1 is not counted',
    ])
  })
  test('names two that are there twice, which is no carry of a third', () => {
    expect(judged([2, 1, 2, 1]).findings).toMatchObject([{ anomaly: 'duplicate', count: 2 }])
  })
  test('of a key without a row has lost everything', () => {
    const rows = [{ effect: 'balance', key: 'c-1', sum: 896 }]
    expect(judged([0, 0], { rows }).findings).toMatchObject([{ anomaly: 'lost', count: 2 }])
  })
  test('is torn beside an effect that is there', () => {
    const judgement = judged([1, 0], { effects: [balance, invoice] })
    expect(accused(judgement)[0]).toMatch(/^torn balance k1: k1 was settled balance of c-2 is .*; there is: invoice$/)
  })
  test('may have several rows of a key', () => {
    const halves = [128, 256].map((sum) => ({ effect: 'balance', key: 'c-2', sum }))
    expect(judged([1, 1], { rows: [{ effect: 'balance', key: 'c-1', sum: 896 }, ...halves] }).verdict).toBe('certified')
  })
  test('that no counting gives has diverged, and one that holds no number too', () => {
    const other = (sum: number | undefined): World => ({
      rows: [{ effect: 'balance', key: 'c-1', sum: 896 },
        { effect: 'balance', key: 'c-2', ...sum === undefined ? {} : { sum } }],
    })
    expect(accused(judged([1, 1], other(77)))).toEqual([
      'diverged balance k1: balance of c-2 is 77, which no counting of its messages gives',
    ])
    expect(accused(judged([1, 1], other(undefined)))[0]).toContain('holds no number')
  })
  test('of a key that nobody sent belongs to nobody', () => {
    const rows = [
      { effect: 'balance', key: 'c-1', sum: 896 }, { effect: 'balance', key: 'c-2', sum: 128 },
      { effect: 'balance', key: 'c-9', sum: 128 },
    ]
    expect(judged([1], { rows }).findings).toMatchObject([{ anomaly: 'phantom', effect: 'balance' }])
  })
  test('is counted in each cell by what was sent there', () => {
    const stories = [story(0), story(1, { cell: 'c2' })]
    const rows = [
      { effect: 'balance', key: 'c-1', sum: 896 }, { effect: 'balance', key: 'c-2', sum: 128 },
      { effect: 'balance', key: 'c-2', sum: 256, cell: 'c2' },
    ]
    expect(judged([1, 1], { stories, rows }).verdict).toBe('certified')
    const swapped = rows.map((row) => ({ ...row, cell: row.cell === 'c2' || row.sum !== 128 ? 'c1' : 'c2' }))
    expect(judged([1, 1], { stories, rows: swapped }).verdict).toBe('violated')
  })
})

describe('who is in it', () => {
  test('is not asked of an open message, nor of one outside the contract', () => {
    for (const times of [0, 1]) {
      const open = judged([times, 1], { stories: [story(0, { deliveries: [undefined, undefined] }), story(1)] })
      expect(open.findings.map(({ anomaly }) => anomaly)).toEqual(['stuck'])
    }
    for (const times of [1, 2]) {
      const copied = { copies: 2, as: 'retry', deliveries: ['ack', 'ack'] } as const
      const copies = judged([times, 1], { stories: [story(0, copied), story(1)] })
      expect(copies).toMatchObject({ verdict: 'certified', findings: [] })
      expect(copies.observations.map(({ detail }) => detail)).toContainEqual(
        expect.stringContaining(`the producer ${times === 1 ? 'is kept out of' : 'doubles'} balance`))
    }
  })
  test('follows what a reading of the own step told, where several explain the sum', () => {
    // Thrice the first is once the first and once the second more.
    const told = (message: string, counted: number): Draft[] => [ev({
      type: 'effect-observed', effect: 'balance', identity: 'c-2', message, content: {}, reading: 'live',
      shared: { key: 'c-2', sum: 0, counted },
    }, stepId({ message }))]
    const thrice = { deliveries: [undefined, undefined, 'ack'] as const, killedAfter: 1 }
    const first = judged([3, 1], { stories: [story(0, { ...thrice, also: told('k0', 3) }),
      story(1, { ...thrice, also: told('k1', 1) })] })
    expect(accused(first)).toEqual([expect.stringContaining('k0 is counted 3 times')])
    const second = judged([3, 1], { stories: [story(0, { ...thrice, also: told('k0', 1) }),
      story(1, { ...thrice, also: told('k1', 2) })] })
    expect(accused(second)).toEqual([expect.stringContaining('k1 is counted twice')])
  })
  test('at least once and at most once are held to what they promise', () => {
    const plan = (expectation: EffectPlan['expectation']): World => ({ effects: [{ ...balance, expectation }] })
    expect(judged([1, 2], plan('at-least-once')).verdict).toBe('certified')
    expect(judged([1, 0], plan('at-least-once')).verdict).toBe('violated')
    expect(judged([1, 0], plan('at-most-once')).verdict).toBe('certified')
    expect(judged([1, 2], plan('at-most-once')).verdict).toBe('violated')
  })
})

const counts = fc.array(fc.constantFrom(1, 1, 1, 0, 2), { minLength: 1, maxLength: 12 })

test('any that are missing or doubled make a violation, and only those make one', () => {
  fc.assert(fc.property(counts, (there) => {
    const judgement = judged(there)
    const right = there.every((times) => times === 1)
    // Some sets of errors cancel (the first twice and the second not at all is one of the second, one of the first).
    expect(amounts(there) === amounts(there.map(() => 1))).toBe(right)
    expect(judgement.verdict).toBe(right ? 'certified' : 'violated')
  }), { numRuns: 150 })
})

test('doubled ones alone are each named, and so are missing ones alone', () => {
  const doubled = fc.array(fc.constantFrom(1, 2), { minLength: 1, maxLength: 12 })
  fc.assert(fc.property(doubled, fc.boolean(), (there, missing) => {
    const wrong = there.filter((times) => times === 2).length
    const judgement = judged(missing ? there.map((times) => (times === 2 ? 0 : 1)) : there)
    expect(judgement.findings.map(({ anomaly, count }) => ({ anomaly, count })))
      .toEqual(wrong === 0 ? [] : [{ anomaly: missing ? 'lost' : 'duplicate', count: wrong }])
  }), { numRuns: 100 })
})

test('a correct history is never accused, whatever open messages and copies outside the contract do', () => {
  const free = fc.array(fc.record({
    kind: fc.constantFrom('right', 'open', 'copied'), times: fc.nat(2),
  }), { minLength: 1, maxLength: 8 })
  fc.assert(fc.property(free, (plan) => {
    const stories = plan.map(({ kind }, place) => story(place, kind === 'open' ? { deliveries: [undefined, undefined] }
      : kind === 'copied' ? { copies: 2, as: 'replay', deliveries: ['ack', 'ack'] } : {}))
    const there = plan.map(({ kind, times }) => (
      kind === 'right' ? 1 : kind === 'open' ? Math.min(times, 1) : Math.max(1, times)
    ))
    const judgement = judged(there, { stories })
    expect(judgement.findings.filter(({ effect }) => effect === 'balance')).toEqual([])
  }), { numRuns: 150 })
})
