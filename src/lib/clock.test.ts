/** Waits that end early: by their deadline, or because somebody has given up. */
import { expect, test } from 'vitest'
import { observeFor, poll, within } from './clock.ts'
import { DeadlineError, InterruptedError } from './errors.ts'

const forever = new Promise<never>(() => undefined)

test('a deadline names what did not happen and what was seen last', async () => {
  const wait = { what: 'the end', limitMs: 5, last: () => 'a beginning' }
  const sentence = 'the end did not happen within 5 ms: a beginning'
  await expect(within(forever, wait)).rejects.toThrow(sentence)
  await expect(poll(() => undefined, { ...wait, everyMs: 1 })).rejects.toThrow(DeadlineError)
  expect(await within(Promise.resolve(1), wait)).toBe(1)
})

test('a signal ends every wait, also one that has come before it', async () => {
  const stop = new AbortController()
  const wait = { what: 'the end', limitMs: 60_000, signal: stop.signal }
  const waits = [within(forever, wait), observeFor(60_000, stop.signal), poll(() => undefined, { ...wait, everyMs: 5 })]
  stop.abort(new InterruptedError('enough'))
  const late = Promise.withResolvers<never>()
  waits.push(within(late.promise, wait), observeFor(60_000, stop.signal))
  const ends = await Promise.allSettled(waits)
  expect(ends.map((end) => (end.status === 'rejected' ? String(end.reason) : 'done')))
    .toEqual(waits.map(() => 'Error: enough'))
  // Nobody waits for it any more: were its rejection unhandled, this run of tests would fail.
  late.reject(new InterruptedError('late'))
})
