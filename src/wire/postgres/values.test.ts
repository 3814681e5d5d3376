/**
 * Bound parameters as text: every reading that a binary length allows.
 */
import { expect, test } from 'vitest'
import { parameterValues } from './values.ts'

function readings(bytes: Buffer | undefined, binary = true): string[] {
  return parameterValues({ portal: '', statement: '', parameters: [{ binary, bytes }] })
}

test.each([
  ['null', undefined, []],
  ['int2', Buffer.from([0, 7]), ['7']],
  ['int4', Buffer.from([0xff, 0xff, 0xff, 0xfe]), ['-2']],
  ['int8', Buffer.from([0, 0, 1, 0, 0, 0, 0, 1]), ['1099511627777']],
  ['four letters', Buffer.from('o-17'), ['1865232695', 'o-17']],
  ['uuid', Buffer.from('00112233445566778899aabbccddeeff', 'hex'), ['00112233-4455-6677-8899-aabbccddeeff']],
  ['jsonb', Buffer.from('\u0001{\n"a": 1}'), ['{\n"a": 1}']],
  ['bytes', Buffer.from([0, 1, 2]), []],
])('binary %s', (_, bytes, expected) => {
  expect(readings(bytes)).toEqual(expected)
})

test('text is taken as it is', () => {
  expect(readings(Buffer.from('07'), false)).toEqual(['07'])
})
