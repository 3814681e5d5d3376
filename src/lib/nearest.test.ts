/** Near names are offered, far ones are not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestName, nearestNames, suggestion } from './nearest.ts'

test.each([
  ['comand', 'command'], ['queu', 'queue'], ['Queue', 'queue'], ['rabitmq', 'rabbitmq'], ['hoziron', 'horizon'],
  ['sorces', 'sources'], ['env_file', 'envFile'], ['dedup', 'dedupWindow'],
])('%s means %s', (wrong, right) => {
  const known = ['command', 'queue', 'rabbitmq', 'horizon', 'sources', 'envFile', 'dedupWindow']
  expect(nearestName(wrong, known)).toBe(right)
})

test('a far name is not offered', () => {
  expect(nearestName('zzz', ['command', 'queue'])).toBeUndefined()
  expect(suggestion('zzz', ['command', 'queue'])).toBe('; known: command, queue')
  expect(suggestion('qeue', ['command', 'queue'])).toBe("; did you mean 'queue'?")
})

test('several, nearest first', () => {
  expect(nearestNames('db.ur', ['db.user', 'db.url', 'orders.url'], 2)).toEqual(['db.url', 'db.user'])
})

test('a known name is its own nearest', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }), (names) => {
    for (const name of names) expect(nearestName(name, names)?.toLowerCase()).toBe(name.toLowerCase())
  }))
})
