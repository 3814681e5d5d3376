/** A window is outlasted with room, or said not to be; never waited for in part. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outlasting } from './outlast.ts'

test('a promise for ever has no end to wait for', () => {
  expect(outlasting(undefined)).toEqual({ waitMs: 5_000 })
})

test('a window of minutes is not claimed', () => {
  expect(outlasting(300_000)).toEqual({ tooLong: 'the declared window of 300000 ms is not outlasted within 5000 ms' })
})

test('property: what is waited for is longer than the window, and never longer than the limit', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), (windowMs) => {
    const found = outlasting(windowMs)
    if ('waitMs' in found) {
      expect(found.waitMs).toBeGreaterThan(windowMs)
      expect(found.waitMs).toBeLessThanOrEqual(5_000)
    } else expect(windowMs).toBeGreaterThan(4_000)
  }))
})
