/** RFC 6901's own examples, the star, and that mapping changes nothing else. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import { formatPointer, mapAt, parsePointer, scalarsOf, valueAt, valuesAt } from './json-pointer.ts'

const rfc = {
  'foo': ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, 'g|h': 4, 'i\\j': 5, 'k"l': 6, ' ': 7, 'm~n': 8,
}

test.each<[string, unknown]>([
  ['', rfc], ['/foo', ['bar', 'baz']], ['/foo/0', 'bar'], ['/', 0], ['/a~1b', 1], ['/c%d', 2], ['/e^f', 3],
  ['/g|h', 4], ['/i\\j', 5], ['/k"l', 6], ['/ ', 7], ['/m~0n', 8], ['/foo/-', undefined], ['/foo/00', undefined],
  ['/nope', undefined], ['/foo/0/deeper', undefined], ['/toString', undefined],
])('%s', (pointer, value) => {
  expect(valueAt(rfc, pointer)).toEqual(value)
})

test('~01 is ~1, not a slash', () => {
  expect(parsePointer('/~01')).toEqual(['~1'])
})

test('a star matches every element of an array and only the key * of an object', () => {
  expect(valuesAt({ lines: [{ id: 1 }, { id: 2 }, {}] }, '/lines/*/id')).toEqual([
    { pointer: '/lines/0/id', value: 1 }, { pointer: '/lines/1/id', value: 2 },
  ])
  expect(valuesAt({ a: { '*': 1, 'b': 2 } }, '/a/*')).toEqual([{ pointer: '/a/*', value: 1 }])
})

test.each(['orderId', 'a/b', '/a~', '/a~2b'])('%s is refused in one sentence', (pointer) => {
  expect(() => parsePointer(pointer)).toThrow(UsageError)
})

test('tokens survive writing and reading', () => {
  fc.assert(fc.property(fc.array(fc.string()), (tokens) => {
    expect(parsePointer(formatPointer(tokens))).toEqual(tokens)
  }))
})

test('every scalar is found again at its own pointer, and mapping it changes only it', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    for (const scalar of scalarsOf(value)) {
      const starred = parsePointer(scalar.pointer).includes('*')
      if (starred) continue
      expect(valueAt(value, scalar.pointer)).toEqual(scalar.value)
      const mapped = mapAt(value, scalar.pointer, () => 'changed')
      expect(valueAt(mapped, scalar.pointer)).toBe('changed')
      expect(JSON.stringify(mapAt(mapped, scalar.pointer, () => scalar.value))).toBe(JSON.stringify(value))
    }
  }))
})
