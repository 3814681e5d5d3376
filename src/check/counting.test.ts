/** Sums read back into counts: what is planted is found, and the cheapest of several readings is taken. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countsOf, type Part } from './counting.ts'

function part(amount: number, usual = 1): Part {
  return { amount, most: 9, cost: (times) => Math.abs(times - usual) }
}

const powers = [128, 256, 512, 1024]

test('one is missing, one is there twice, nothing is there', () => {
  const parts = powers.map((amount) => part(amount))
  expect(countsOf(128 + 512 + 1024, parts)?.times).toEqual([1, 0, 1, 1])
  expect(countsOf(128 + 512 + 512 + 256 + 1024, parts)?.times).toEqual([1, 1, 2, 1])
  expect(countsOf(0, parts)?.times).toEqual([0, 0, 0, 0])
})

test('two of one amount are one of the next: what costs less is taken', () => {
  expect(countsOf(256, [part(128, 2), part(256, 0)])?.times).toEqual([2, 0])
  expect(countsOf(256, [part(128, 0), part(256)])?.times).toEqual([0, 1])
})

test('what nothing adds up to has no reading', () => {
  for (const sum of [-128, 77, 129, 1e9]) expect(countsOf(sum, powers.map((amount) => part(amount)))).toBeUndefined()
  expect(countsOf(128, [])).toBeUndefined()
  expect(countsOf(0, [])).toEqual({ cost: 0, times: [] })
  expect(countsOf(128, [part(0), part(128)])).toBeUndefined()
})

test('equal amounts, any order', () => {
  expect(countsOf(384, [part(256), part(128), part(128, 0)])?.times).toEqual([1, 1, 0])
})

test('counts that cost nothing are always found, and no reading is dearer than what was put in', () => {
  const counts = fc.array(fc.nat(4), { minLength: 1, maxLength: 12 })
  fc.assert(fc.property(counts, counts, (there, usual) => {
    const parts = there.map((_, i) => part(128 * 2 ** i, usual[i % usual.length]))
    const sum = there.reduce((total, times, i) => total + times * 128 * 2 ** i, 0)
    const found = countsOf(sum, parts)
    const cost = there.reduce((total, times, i) => total + (parts[i]?.cost(times) ?? 0), 0)
    expect(found?.times.reduce((total, times, i) => total + times * 128 * 2 ** i, 0)).toBe(sum)
    expect(found?.cost).toBeLessThanOrEqual(cost)
    if (cost === 0) expect(found?.times).toEqual(there)
  }))
})
