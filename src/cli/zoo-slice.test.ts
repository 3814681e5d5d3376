/** The slice of the zoo that CI runs holds every family, whatever the commit, and comes round to every folder. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { faults } from '../faults/registry.ts'
import { families, sliceOf, type ZooFolder } from './zoo-slice.ts'

const folders: readonly ZooFolder[] = [
  { name: 'correct/a', faults: [] },
  { name: 'correct/b', faults: [] },
  { name: 'duplicate/both', faults: ['kill', 'cut'] },
  { name: 'duplicate/error', faults: ['error 40P01', 'cut'] },
  { name: 'duplicate/race', faults: ['race', 'kill'] },
  { name: 'lost/kill', faults: ['kill'] },
  { name: 'lost/stop', faults: ['stop', 'kill'] },
  { name: 'lost/twins', faults: ['twins'] },
]

test('every fault is of one family', () => {
  expect(Object.values(families).flat().toSorted()).toEqual(Object.keys(faults).toSorted())
})

test('every family has a pair of its own, and a right one is there', () => {
  fc.assert(fc.property(fc.nat(0xffffff), (turn) => {
    const { first, rest, missing } = sliceOf(folders, turn)
    expect(missing).toEqual([])
    for (const [family, own] of Object.entries(families)) {
      expect(first.some((folder) => folder.faults.some((fault) => own.includes(fault.split(' ')[0] ?? ''))), family)
        .toBe(true)
    }
    expect(first.some((folder) => folder.faults.length === 0)).toBe(true)
    expect(first.length).toBe(Object.keys(families).length + 1)
    expect([...first, ...rest].map(({ name }) => name).toSorted()).toEqual(folders.map(({ name }) => name))
  }))
})

test('in as many commits as there are folders, each comes first once', () => {
  const begun = folders.map((_, turn) => sliceOf(folders.filter((one) => one.faults.length === 0), turn).first[0]?.name)
  expect(new Set(begun).size).toBe(2)
})

test('a family that nobody shows is told, and an empty zoo has none', () => {
  expect(sliceOf(folders.filter(({ name }) => name !== 'lost/twins'), 3).missing).toEqual(['redelivery'])
  expect(sliceOf([], 7)).toMatchObject({ first: [], rest: [] })
})
