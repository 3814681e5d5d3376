/** Which merged names are tried on their own: a tenth, five at least, all if fewer, the same ones for a seed. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fault } from '../model/fault.ts'
import type { Context, Point } from '../model/point.ts'
import { planMergeChecks } from './merge-check.ts'
import type { Planned } from './schedule.ts'

function faultNamed(name: string): Fault {
  return {
    name, story: '', at: { sides: ['before', 'after'], unit: 'worlds', operations: 'changing', links: 'all' },
    contexts: ['cold'], program: [], overlaps: false, keepsUpstream: false, strikesRecovery: false, fired: () => true,
  }
}

function planned(fault: string, number: number, context: Context = 'cold'): Planned {
  const operation = `db INSERT t${number}#1`
  const point: Point = {
    name: `${operation} after`, also: [`orders ack#${number} before`], side: 'after', operation, link: 'db',
    oneWay: false, done: [operation], context,
  }
  return { fault: faultNamed(fault), point }
}

function many(count: number): Planned[] {
  return Array.from({ length: count }, (_, i) => planned('kill', i + 1))
}

test('a merged name is the world of its point, with its own request withheld', () => {
  expect(planMergeChecks([planned('kill', 1)], 'a').map(({ point }) => point)).toEqual([{
    name: 'orders ack#1 before', also: [], side: 'before', operation: 'orders ack#1', link: 'orders', oneWay: false,
    done: ['db INSERT t1#1'], context: 'cold',
  }])
})

test('other faults and contexts have nothing to check', () => {
  expect(planMergeChecks([planned('cut', 1), planned('kill', 2, 'start'), planned('kill', 3, 'warm')], 'a')).toEqual([])
})

test.each([[3, 3], [5, 5], [6, 5], [50, 5], [51, 6], [100, 10]])('of %i merged names %i are tried', (count, tried) => {
  expect(planMergeChecks(many(count), 'a')).toHaveLength(tried)
})

test('property: the seed alone chooses, whatever the order of the schedule', () => {
  fc.assert(fc.property(fc.string(), fc.shuffledSubarray(many(30), { minLength: 30 }), (seed, schedule) => {
    const names = planMergeChecks(schedule, seed).map(({ point }) => point.name)
    expect(names).toEqual(planMergeChecks(many(30), seed).map(({ point }) => point.name))
    expect(new Set(names).size).toBe(5)
  }))
})
