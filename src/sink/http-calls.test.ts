/** What the outside world performs and answers in each mode. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { HttpCalls } from './http-calls.ts'
import type { Arrival } from './http-calls.ts'
import { parseHttpSinkSettings } from './http-settings.ts'

function sink(settings: Readonly<Record<string, unknown>> = {}): HttpCalls {
  return new HttpCalls(parseHttpSinkSettings('psp', settings))
}

function post(id: string, headers: Readonly<Record<string, string>> = {}, path = '/charges'): Arrival {
  return { method: 'POST', path, headers, body: JSON.stringify({ order: { id }, amount: 4 }) }
}

function get(path: string): Arrival {
  return { method: 'GET', path, headers: {}, body: '' }
}

const keyed = { dedup: { header: 'Idempotency-Key' } }

function performed(calls: HttpCalls): boolean[] {
  return calls.all().map((call) => call.performed)
}

test('plain: every call is performed', () => {
  const calls = sink()
  expect(calls.arrive(post('o-1'), 0)).toEqual({ status: 200, body: '{"ok":true}' })
  calls.arrive(post('o-1'), 1)
  expect(performed(calls)).toEqual([true, true])
  expect(calls.all()[0]).toEqual({ ...post('o-1'), performed: true, answer: 200 })
})

test('dedup: a repeat of the key has the first answer and performs nothing', () => {
  const calls = sink({ ...keyed, status: 201, body: { id: 'ch-1' } })
  const first = calls.arrive(post('o-1', { 'idempotency-key': 'k' }), 0)
  expect(calls.arrive(post('o-1', { 'idempotency-key': 'k' }), 1e9)).toEqual(first)
  calls.arrive(post('o-1', { 'idempotency-key': 'other' }), 2)
  calls.arrive(post('o-1'), 3)
  calls.arrive(post('o-1', { 'idempotency-key': 'k' }, '/refunds'), 4)
  expect(performed(calls)).toEqual([true, false, true, true, true])
})

test('dedup ends with its window', () => {
  const calls = sink({ dedup: { header: 'x-key', window: '100ms' } })
  for (const atMs of [0, 99, 100, 150]) calls.arrive(post('o-1', { 'x-key': 'k' }), atMs)
  expect(performed(calls)).toEqual([true, false, true, false])
})

test('performs-then-drops: done, not answered, and known when it is repeated', () => {
  const calls = sink({ ...keyed, mode: 'performs-then-drops', dropFirst: 2 })
  const reactions = ['a', 'a', 'b', 'c'].map((key) => calls.arrive(post('o-1', { 'idempotency-key': key }), 0))
  expect(reactions.map((reaction) => reaction === 'drop')).toEqual([true, false, true, false])
  expect(calls.all().map(({ performed: done, answer }) => [done, answer]))
    .toEqual([[true, 0], [false, 200], [true, 0], [true, 200]])
})

test('an answer of failure performs nothing, by path', () => {
  const calls = sink({ ...keyed, routes: { '/refunds': { status: 503, body: { error: 'later' } } } })
  expect(calls.arrive(post('o-1', { 'idempotency-key': 'k' }, '/refunds?x=1'), 0))
    .toEqual({ status: 503, body: '{"error":"later"}' })
  calls.arrive(post('o-1', { 'idempotency-key': 'k' }, '/refunds'), 1)
  calls.arrive(post('o-1'), 2)
  expect(performed(calls)).toEqual([false, false, true])
})

test('a planted loss: the next call that changes something is answered and not performed, its repeats too', () => {
  const calls = sink(keyed)
  calls.plantLoss()
  expect(calls.arrive(get('/charges/o-1'), 0)).toMatchObject({ status: 404 })
  expect(calls.arrive(post('o-1', { 'idempotency-key': 'k' }), 1)).toEqual({ status: 200, body: '{"ok":true}' })
  calls.arrive(post('o-1', { 'idempotency-key': 'k' }), 2)
  calls.arrive(post('o-2', { 'idempotency-key': 'l' }), 3)
  expect(performed(calls)).toEqual([false, false, false, true])
})

test('a lookup tells how often it was performed, and changes nothing', () => {
  const calls = sink()
  const ask = (path: string) => calls.arrive(get(path), 0)
  expect(ask('/charges/o-1')).toEqual({ status: 404, body: '{"id":"o-1","performed":0}' })
  calls.arrive(post('o-1'), 0)
  calls.arrive(post('o-1'), 0)
  calls.arrive({ ...post('o 3', {}, '/charges/o%203'), method: 'PUT' }, 0)
  expect(ask('/charges/o-1')).toEqual({ status: 200, body: '{"id":"o-1","performed":2}' })
  expect(ask('/charges?orderId=o-1')).toEqual({ status: 200, body: '{"id":"o-1","performed":2}' })
  expect(ask('/charges')).toMatchObject({ status: 200 })
  expect(ask('/charges/o%203')).toEqual({ status: 200, body: '{"id":"o 3","performed":1}' })
  for (const path of ['/refunds/o-1', '/charges/o-2', '/charges/o', '/', '//', '/%']) {
    expect([path, ask(path)]).toMatchObject([path, { status: 404 }])
  }
  expect(performed(calls).filter(Boolean)).toHaveLength(3)
})

test('a lookup by a declared field looks nowhere else', () => {
  for (const idField of ['/order/id', 'amount']) {
    const calls = sink({ idField })
    calls.arrive(post('o-1'), 0)
    expect(calls.arrive(get('/charges/o-1'), 0)).toMatchObject({ status: idField === 'amount' ? 404 : 200 })
    expect(calls.arrive(get('/charges/4'), 0)).toMatchObject({ status: idField === 'amount' ? 200 : 404 })
  }
})

test('with a dedup header no key is ever performed twice, without one every call is', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
  fc.assert(fc.property(keys, fc.nat({ max: 4 }), (sequence, dropFirst) => {
    const modes = { mode: 'performs-then-drops', dropFirst }
    const once = sink({ ...keyed, ...modes })
    const each = sink(modes)
    for (const key of sequence) {
      once.arrive(post('o', { 'idempotency-key': key }), 0)
      each.arrive(post('o', { 'idempotency-key': key }), 0)
    }
    expect(performed(once).filter(Boolean)).toHaveLength(new Set(sequence).size)
    expect(performed(each).filter(Boolean)).toHaveLength(sequence.length)
  }), { seed: 3 })
})

test('a setting that does not exist is said by name', () => {
  expect(() => sink({ dedupe: true })).toThrow(UsageError)
  expect(() => sink({ dedupe: true })).toThrow(/"psp".*"dedupe"/s)
})
