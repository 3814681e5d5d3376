/** What a reading of a shared row tells a step of its own message. */
import { expect, test } from 'vitest'
import type { Message } from '../model/message.ts'
import type { Workload } from '../model/suite.ts'
import { SharedReader } from './shared-effects.ts'

const workload: Workload = {
  samples: [], vary: [], key: '/customer', amount: '/amount', headers: {},
}

function message(id: string, place: number): Message {
  const body = JSON.stringify({ customer: 'c-1', amount: 128 * 2 ** place })
  return { id, headers: {}, body, tokens: [id], fields: {} }
}

const messages = ['m-0', 'm-1', 'm-2', 'm-3'].map((id, place) => message(id, place))

function owners(count: number) {
  return {
    messages: messages.slice(0, count), ownerOf: (text: string) => messages.find(({ id }) => text.includes(id))?.id,
  }
}

function row(value: string | null) {
  return [{ identity: 'c-1', content: { id: 'c-1', value } }]
}

/** Ids as often as they are told; the row itself belongs to nobody. */
function told(reader: SharedReader, value: string | null, count: number): (string | undefined)[] {
  return reader.read(row(value), owners(count)).map((one) => one.message)
}

test('a sum tells who is in it', () => {
  const reader = new SharedReader('balance', { how: 'sum', column: 'value' }, workload)
  expect(told(reader, null, 1)).toEqual([undefined])
  expect(told(reader, '128.00', 1)).toEqual([undefined, 'm-0'])
  expect(told(reader, '384', 2)).toEqual([undefined, 'm-0', 'm-1'])
  expect(reader.read(row('384'), owners(2))).toMatchObject([
    { effect: 'balance', identity: 'c-1', message: undefined, shared: { key: 'c-1', sum: 384 } },
    { message: 'm-0', shared: { counted: 1 } }, { message: 'm-1', shared: { counted: 1 } },
  ])
})

test('what came twice is told of the newest, and kept apart from what comes later', () => {
  const reader = new SharedReader('balance', { how: 'sum', column: 'value' }, workload)
  told(reader, '128', 1)
  // Twice the second is as much as once the third: that one was not sent by then.
  expect(told(reader, '640', 2)).toEqual([undefined, 'm-0', 'm-1', 'm-1'])
  expect(told(reader, '1152', 3)).toEqual([undefined, 'm-0', 'm-1', 'm-1', 'm-2'])
  // A loss leaves the sum as it was, and a late one is found.
  expect(told(reader, '1152', 4)).toEqual([undefined, 'm-0', 'm-1', 'm-1', 'm-2'])
  expect(told(reader, '2176', 4)).toEqual([undefined, 'm-0', 'm-1', 'm-1', 'm-2', 'm-3'])
})

test('what is no number tells nothing', () => {
  const reader = new SharedReader('balance', { how: 'sum', column: 'value' }, workload)
  expect(reader.read(row('much'), owners(2))).toMatchObject([{ shared: { key: 'c-1' } }])
  expect(told(reader, '77', 2)).toEqual([undefined])
})

test('the last one covers all that were sent before it', () => {
  const reader = new SharedReader('state', { how: 'last', column: 'value' }, workload)
  expect(told(reader, 'm-1', 3)).toEqual([undefined, 'm-0', 'm-1'])
  expect(told(reader, 'nobody', 3)).toEqual([undefined])
  expect(told(reader, null, 3)).toEqual([undefined])
  expect(reader.read(row('order m-2'), owners(3))[0]).toMatchObject({ shared: { key: 'c-1', holds: 'm-2' } })
})
