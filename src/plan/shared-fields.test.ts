/** Key and amount of a message, as it is sent. */
import { expect, test } from 'vitest'
import type { Message } from '../model/message.ts'
import { numberOf, sharedFieldsOf } from './shared-fields.ts'
import { makeMessages } from './workload.ts'

const workload = { key: '/customer', amount: '/amount' }

function message(body: string): Message {
  return { id: 'm', headers: {}, body, tokens: [], fields: {} }
}

test('text and numbers are taken from the body', () => {
  expect(sharedFieldsOf(workload, message('{"customer":"c-7","amount":384}'))).toEqual({ key: 'c-7', amount: 384 })
  expect(sharedFieldsOf(workload, message('{"customer":7,"amount":"384.00"}'))).toEqual({ key: '7', amount: 384 })
})

test('what is not there, or can not be read, is left out', () => {
  for (const body of ['{}', '{"customer":null,"amount":"much"}', '{"customer":"c-', '[]']) {
    expect(sharedFieldsOf(workload, message(body))).toEqual({})
  }
  expect(sharedFieldsOf({ key: undefined, amount: undefined }, message('{"customer":"c-7"}'))).toEqual({})
})

test('numbers as databases write them', () => {
  expect(['384', '384.00', '-1', '', 'NaN', '1e3', ' 1'].map((text) => numberOf(text)))
    .toEqual([384, 384, -1, undefined, undefined, undefined, undefined])
})

test('messages of one run share a key, with amounts that are distinct powers of two', () => {
  const make = makeMessages({
    samples: [{ orderId: 'o-1', customer: 'c-1', amount: 5 }], vary: ['/orderId'], key: '/customer', amount: '/amount',
    headers: {},
  }, { identity: { pointer: '/orderId' }, producerDuplicates: undefined, replayWithinMs: undefined,
    dedupWindowMs: undefined }, 'seed')
  const fields = Array.from({ length: 13 }, (_, i) => sharedFieldsOf(workload, make(i)))
  expect(new Set(fields.slice(0, 12).map(({ key }) => key)).size).toBe(1)
  expect(fields[12]?.key).not.toBe(fields[0]?.key)
  expect(fields.slice(0, 12).map(({ amount }) => amount)).toEqual(Array.from({ length: 12 }, (_, i) => 128 * 2 ** i))
})
