/** The comparison of baselines: what counts as a difference, and what is said of it. */
import { expect, test } from 'vitest'
import { compareBaselines, type BaselineSight } from './baseline-check.ts'

function sight(points: Readonly<Record<string, readonly string[]>>, unstable: readonly string[] = []): BaselineSight {
  return {
    points: new Map(Object.entries(points).map(([name, texts]) => [name === 'warm' ? 'warm' : 'cold', texts])),
    unstable: new Map([['cold', unstable]]),
    background: [],
  }
}

test('equal ones have no differences, in whatever order their points come', () => {
  expect(compareBaselines([])).toEqual([])
  expect(compareBaselines([sight({ cold: ['a', 'b'] })])).toEqual([])
  expect(compareBaselines([sight({ cold: ['a', 'b'] }), sight({ cold: ['b', 'a'] })])).toEqual([])
})

test('a point that is not in all of them is told, with where it is', () => {
  const all = [sight({ cold: ['a', 'b'] }), sight({ cold: ['a'] }), sight({ cold: ['a', 'b'] })]
  expect(compareBaselines(all)).toEqual(['cold: b is there in 2 of 3 (1, 3)'])
})

test('a point that is merged with another one is not the same point', () => {
  expect(compareBaselines([sight({ cold: ['a = b'] }), sight({ cold: ['a', 'b'] })])).toEqual([
    'cold: a = b is there in 1 of 2 (1)', 'cold: a is there in 1 of 2 (2)', 'cold: b is there in 1 of 2 (2)',
  ])
})

test('contexts are compared apart, and one that is missing is a difference', () => {
  expect(compareBaselines([sight({ cold: ['a'], warm: ['b'] }), sight({ cold: ['a'] })])).toEqual([
    'warm: b is there in 1 of 2 (1)',
  ])
})

test('an operation that comes with some messages only is one too, also in a single baseline', () => {
  expect(compareBaselines([sight({ cold: ['a'] }, ['db SELECT $#1'])])).toEqual([
    'cold: db SELECT $#1 came with some messages only in baseline 1',
  ])
})
