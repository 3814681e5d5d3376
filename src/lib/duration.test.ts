/** Durations with every unit, and what is refused. */
import { expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import { parseDuration } from './duration.ts'

test.each([
  ['500ms', 500], ['30s', 30_000], ['1.5s', 1500], ['5m', 300_000], ['2h', 7_200_000], ['14d', 1_209_600_000],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '30', '30 s', '-1s', '1w', 's', '1e3s', '1s '])("'%s' is refused", (text) => {
  expect(() => parseDuration(text)).toThrow(UsageError)
})
