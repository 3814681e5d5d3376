/**
 * The byte queue against one plain buffer: any chunks in, any sizes out, the same bytes.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvariantError } from '../lib/errors.ts'
import { ByteQueue } from './byte-queue.ts'

test('what is taken is what was pushed, whatever the chunks and the sizes', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 12 })
  const sizes = fc.array(fc.nat(7), { maxLength: 30 })
  fc.assert(fc.property(chunks, sizes, (pushed, taken) => {
    const queue = new ByteQueue()
    for (const chunk of pushed) queue.push(chunk)
    const whole = Buffer.concat(pushed)
    let at = 0
    for (const size of taken) {
      const count = Math.min(size, queue.length)
      expect(queue.peek(count)).toEqual(whole.subarray(at, at + count))
      expect(queue.take(count)).toEqual(whole.subarray(at, at + count))
      at += count
      expect(queue.length).toBe(whole.length - at)
    }
  }))
})

test('numbers are read across chunks, big-endian', () => {
  const queue = new ByteQueue()
  for (const byte of [0xff, 0xfe, 0x01, 0x02, 0x03]) queue.push(Uint8Array.of(byte))
  expect(queue.peekUInt8(4)).toBe(3)
  expect(queue.peekUInt16(1)).toBe(0xfe01)
  expect(queue.peekInt32(0)).toBe(-130814)
  expect(queue.peekUInt32(0)).toBe(0xfffe0102)
  expect(queue.length).toBe(5)
})

test('asking for more than there is says so', () => {
  expect(() => new ByteQueue().take(1)).toThrow(InvariantError)
})
