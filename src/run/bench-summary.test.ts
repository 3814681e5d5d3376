/** Medians of odd and even counts, and of nothing. */
import { expect, test } from 'vitest'
import { summarise } from './bench-summary.ts'

test('the middle one, or the mean of the two middle ones', () => {
  expect(summarise([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30, n: 3 })
  expect(summarise([40, 10, 30, 20])).toEqual({ median: 25, min: 10, max: 40, n: 4 })
  expect(summarise([7])).toEqual({ median: 7, min: 7, max: 7, n: 1 })
  expect(summarise([])).toEqual({ median: 0, min: 0, max: 0, n: 0 })
})
