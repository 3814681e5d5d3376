/** Distinct, repeatable messages of the sample's shape, and contents that compare equal. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scalarsOf, valueAt, valuesAt } from '../lib/json-pointer.ts'
import type { Contract, Workload } from '../model/suite.ts'
import { nameContent } from './name-content.ts'
import { keyRun, makeMessages, variedByDefault } from './workload.ts'

const byHeader: Contract = {
  identity: { header: 'message-id' }, producerDuplicates: true, replayWithinMs: undefined, dedupWindowMs: undefined,
}
const byPointer: Contract = { ...byHeader, identity: { pointer: '/orderId' } }

function workload(part: Partial<Workload> & Pick<Workload, 'samples'>): Workload {
  return { vary: [], key: undefined, amount: undefined, headers: {}, ...part }
}

const order = {
  'orderId': 'o-1001', 'customer': 'c-7', 'amount': 25, 'uuid': '3F2504E0-4F89-11D3-9A0C-0305E82C3301',
  'phone': '0042', 'card': '4111111111111111', 'serial': 17, 'mail': 'ann@example.com', 'a/b~c': { '*': 'x' },
  'lines': [{ id: 'l-1', of: 'o-1001', n: 1 }, { id: 'l-2', of: 'o-1001', n: 2 }],
}
const vary = ['/orderId', '/uuid', '/phone', '/card', '/serial', '/mail', '/a~1b~0c/*', '/lines/*/id', '/lines/*/of']
const full = workload({ samples: [order], vary, key: '/customer', amount: '/amount', headers: { kind: 'order' } })

function body(text: string): unknown {
  return JSON.parse(text)
}

test('values keep their shape', () => {
  const message = makeMessages(full, byHeader, 'seed')(3)
  const made = body(message.body)
  expect(valueAt(made, '/orderId')).toMatch(/^o-1001-[a-z0-9]{9}$/)
  expect(valueAt(made, '/uuid')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(valueAt(made, '/phone')).toMatch(/^\d{9}$/)
  expect(valueAt(made, '/card')).toMatch(/^4111111\d{9}$/)
  expect(valueAt(made, '/mail')).toMatch(/^ann-[a-z0-9]{9}@example\.com$/)
  expect(valueAt(made, '/a~1b~0c/*')).toMatch(/^x-[a-z0-9]{9}$/)
  const serial = Number(valueAt(made, '/serial'))
  expect(Number.isInteger(serial) && serial >= 100_000_000 && serial <= 999_999_999).toBe(true)
  expect(scalarsOf(made).map((scalar) => scalar.pointer)).toEqual(scalarsOf(order).map((scalar) => scalar.pointer))
  expect(valueAt(made, '/lines/0/n')).toBe(1)
})

test('what was equal stays equal, what was distinct stays distinct', () => {
  const made = body(makeMessages(full, byHeader, 'seed')(0).body)
  const orders = valuesAt(made, '/lines/*/of').map((found) => found.value)
  expect(orders).toEqual([valueAt(made, '/orderId'), valueAt(made, '/orderId')])
  expect(valueAt(made, '/lines/0/id')).not.toBe(valueAt(made, '/lines/1/id'))
})

test('the identity stands where the contract says', () => {
  const inHeader = makeMessages(full, byHeader, 'seed')(0)
  expect(inHeader.headers).toEqual({ 'kind': 'order', 'message-id': inHeader.id })
  expect(inHeader.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  const inBody = makeMessages(workload({ samples: [order] }), byPointer, 'seed')(0)
  expect(valueAt(body(inBody.body), '/orderId')).toBe(inBody.id)
  expect(inBody.headers).toEqual({})
  const byProperty = makeMessages(full, { ...byHeader, identity: { property: 'messageId' } }, 'seed')(0)
  expect(byProperty.headers).toEqual({ kind: 'order' })
})

test('amounts within a key are distinct powers of two, and a key lasts twelve messages', () => {
  const make = makeMessages(full, byHeader, 'seed')
  const made = Array.from({ length: keyRun * 3 }, (_, i) => body(make(i, 2).body))
  const byKey = Map.groupBy(made, (value) => valueAt(value, '/customer'))
  expect([...byKey.values()].map((values) => values.length)).toEqual([keyRun, keyRun, keyRun])
  for (const values of byKey.values()) {
    const amounts = values.map((value) => Number(valueAt(value, '/amount')))
    expect(new Set(amounts).size).toBe(keyRun)
    expect(amounts.every((amount) => Number.isInteger(Math.log2(amount)))).toBe(true)
  }
})

test('a message says its key, and says none where the workload has none', () => {
  const make = makeMessages(full, byHeader, 'seed')
  const made = Array.from({ length: keyRun + 1 }, (_, i) => make(i))
  expect(made.map((message) => message.key)).toEqual(made.map(({ body: text }) => valueAt(body(text), '/customer')))
  expect(new Set(made.map((message) => message.key)).size).toBe(2)
  expect(makeMessages(workload({ samples: [order] }), byHeader, 'seed')(0)).not.toHaveProperty('key')
})

test('an amount in text keeps its decimals', () => {
  const make = makeMessages(workload({ samples: [{ total: '12.50' }], amount: '/total' }), byHeader, 'seed')
  expect(make(1).fields).toEqual({ '/total': '256.00' })
})

test('samples take turns', () => {
  const make = makeMessages(workload({ samples: [{ kind: 'a' }, { kind: 'b' }] }), byHeader, 'seed')
  expect([0, 1, 2].map((i) => valueAt(body(make(i).body), '/kind'))).toEqual(['a', 'b', 'a'])
})

test('no token of a message is in another message, in any lane', () => {
  fc.assert(fc.property(fc.string(), fc.uniqueArray(fc.tuple(fc.nat(400), fc.nat(3)), {
    minLength: 2, maxLength: 12, selector: ([index, lane]) => `${lane}/${index}`,
  }), (seed, places) => {
    const make = makeMessages(full, byHeader, seed)
    const messages = places.map(([index, lane]) => make(index, lane))
    for (const one of messages) {
      expect(one.tokens.length).toBe(10)
      expect(one.tokens.every((token) => token.length >= 4)).toBe(true)
      expect(one.tokens).toEqual([...one.tokens].sort((a, b) => b.length - a.length))
      for (const other of messages) {
        const text = JSON.stringify(other)
        expect(one.tokens.every((token) => text.includes(token) === (one === other))).toBe(true)
      }
    }
  }), { numRuns: 50 })
})

test('the same seed and number give the same message, another seed another one', () => {
  fc.assert(fc.property(fc.string(), fc.nat(1000), fc.nat(9), (seed, index, lane) => {
    const message = makeMessages(full, byHeader, seed)(index, lane)
    expect(makeMessages(full, byHeader, seed)(index, lane)).toEqual(message)
    expect(makeMessages(full, byHeader, `${seed}x`)(index, lane).id).not.toBe(message.id)
  }))
})

test('any JSON sample keeps its shape when every id in it is varied', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    const sample: unknown = { id: 'x', value }
    const plain: unknown = JSON.parse(JSON.stringify(sample))
    const pointers = variedByDefault([plain], [])
    expect(pointers).toContain('/id')
    const make = makeMessages(workload({ samples: [plain], vary: pointers }), byHeader, 'seed')
    const made = body(make(0).body)
    expect(scalarsOf(made).map((scalar) => [scalar.pointer, typeof scalar.value]))
      .toEqual(scalarsOf(plain).map((scalar) => [scalar.pointer, typeof scalar.value]))
    expect(make(0).body).not.toBe(make(1).body)
  }))
})

test('fields that look like ids are found, words that only end like one are not', () => {
  const sample = {
    id: 1, orderId: 'o', order_id: 'o', paid: 5, valid: 'yes', ratio: 0.5, bid: 3, customerNumber: 'n', isKey: true,
    lines: [{ lineId: 'a', qty: 1 }, { lineId: 'b' }], tagIds: ['x', 'y'], userid: 'u', paymentReference: 'r',
  }
  expect(variedByDefault([sample], ['/userid'])).toEqual([
    '/id', '/orderId', '/order_id', '/customerNumber', '/lines/*/lineId', '/tagIds/*', '/paymentReference',
  ])
})

test('contents of different messages compare equal once named', () => {
  const make = makeMessages(full, byHeader, 'seed')
  const named = [0, 1, 7, 13].map((i) => {
    const message = make(i)
    const made = body(message.body)
    const text = (pointer: string) => String(valueAt(made, pointer))
    return nameContent({
      id: text('/orderId'), key: `charge:${message.id}`, line: text('/lines/1/id'), amount: text('/amount'),
      total: `${text('/amount')}.00`, who: text('/customer'), note: null, qty: '3',
      json: `{"order":"${text('/orderId')}","amount":${text('/amount')},"port":5672}`,
    }, message)
  })
  expect(named[0]).toEqual({
    id: '{/orderId}', key: 'charge:{id}', line: '{/lines/1/id}', amount: '{/amount}', total: '{/amount}',
    who: '{/customer}', note: null, qty: '3', json: '{"order":"{/orderId}","amount":{/amount},"port":5672}',
  })
  for (const content of named) expect(content).toEqual(named[0])
})

test('a constant inside a longer value is left alone', () => {
  const make = makeMessages(workload({ samples: [{ amount: 1 }], amount: '/amount' }), byHeader, 'seed')
  const content = { note: 'at 128 degrees', size: '1280' }
  expect(nameContent(content, make(0))).toEqual(content)
})
