/**
 * Which message a changed row is owed to: by transaction, by key, by token, and by none of them.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RowChange } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import { attributeRows } from './differential.ts'

function message(id: string, ...tokens: string[]): Message {
  return { id, headers: {}, body: '', tokens: [id, ...tokens], fields: {} }
}

function insert(transaction: string, table: string, row: RowChange['row']): RowChange {
  return { transaction, table, change: 'insert', row, old: undefined }
}

const messages = [message('m-1', 'order-1'), message('m-2', 'order-1-2')]

/** `effect#ordinal of message`, and the share. */
function attributed(
  changes: readonly RowChange[], idle: readonly RowChange[] = [],
): { readonly names: string[]; readonly share: string } {
  const { effects, rows, attributed: count } = attributeRows(changes, messages, idle)
  return { names: effects.map((row) => `${row.effect}#${row.identity} of ${row.message}`), share: `${count}/${rows}` }
}

describe('by transaction', () => {
  test('one message in it: all of its rows are that message\'s', () => {
    expect(attributed([insert('1', 'orders', { ref: 'order-1' }), insert('1', 'audit', { what: 'new' })]))
      .toEqual({ names: ['orders insert#1 of m-1', 'audit insert#1 of m-1'], share: '2/2' })
  })
  test('several messages in it: rows go by their own tokens', () => {
    expect(attributed([
      insert('1', 'orders', { ref: 'order-1' }), insert('1', 'orders', { ref: 'order-1-2' }),
      insert('1', 'audit', { n: '2' }),
    ])).toEqual({ names: ['orders insert#1 of m-1', 'orders insert#1 of m-2'], share: '2/3' })
  })
})

describe('by key', () => {
  test('a row that points at an attributed one, and one that points at that', () => {
    expect(attributed([
      insert('1', 'public.orders', { id: '7', ref: 'order-1' }),
      insert('2', 'public.lines', { id: '70', order_id: '7' }),
      insert('3', 'public.shipments', { line_id: '70' }),
    ]).names).toEqual([
      'public.orders insert#1 of m-1', 'public.lines insert#1 of m-1', 'public.shipments insert#1 of m-1',
    ])
  })
  test('a later change of the same row', () => {
    const paid: RowChange = {
      transaction: '2', table: 'orders', change: 'update', row: { id: '7', state: 'paid' }, old: undefined,
    }
    expect(attributed([insert('1', 'orders', { id: '7', ref: 'order-1' }), paid]).names)
      .toEqual(['orders insert#1 of m-1', 'orders update#1 of m-1'])
  })
  test('a key that two messages share ties nothing', () => {
    expect(attributed([
      insert('1', 'orders', { ref: 'order-1', customer_id: '5' }),
      insert('2', 'orders', { ref: 'order-1-2', customer_id: '5' }),
      insert('3', 'visits', { customer_id: '5' }),
    ])).toEqual({ names: ['orders insert#1 of m-1', 'orders insert#1 of m-2'], share: '2/3' })
  })
  test('equal numbers under other names are no key', () => {
    const changes = [insert('1', 'orders', { id: '7', ref: 'order-1' }), insert('2', 'lines', { amount: '7' })]
    expect(attributed(changes).share).toBe('1/2')
  })
})

describe('by token', () => {
  test('inside a longer text, as a whole word', () => {
    expect(attributed([insert('1', 'mails', { text: 'thanks for order-1!' })]).names).toEqual(['mails insert#1 of m-1'])
    expect(attributed([insert('1', 'mails', { text: 'thanks for order-15' })]).names).toEqual([])
  })
  test('the longer token wins', () => {
    expect(attributed([insert('1', 'mails', { text: '{"ref":"order-1-2"}' })]).names).toEqual(['mails insert#1 of m-2'])
  })
  test('of what a row was before', () => {
    const gone: RowChange = { transaction: '1', table: 'locks', change: 'delete', row: {}, old: { holder: 'm-1' } }
    expect(attributed([gone]).names).toEqual(['locks delete#1 of m-1'])
  })
})

test('tables that change while nothing is sent are background, but for rows that a message owns', () => {
  const beat = insert('9', 'heartbeats', { at: 'now' })
  expect(attributed([beat], [beat])).toEqual({ names: [], share: '0/0' })
  expect(attributed([insert('1', 'heartbeats', { at: 'now', by: 'm-1' })], [beat]).share).toBe('1/1')
  expect(attributeRows([beat], messages)).toMatchObject({ rows: 1, attributed: 0, unattributed: ['heartbeats'] })
})

test('no row is counted twice and none is made up, whatever the changes', () => {
  const value = fc.constantFrom('m-1', 'm-2', 'order-1', '7', '8', null)
  const row = fc.dictionary(fc.constantFrom('id', 'order_id', 'customer_id', 'ref'), value)
  const change = fc.record({
    transaction: fc.constantFrom('1', '2', '3'), table: fc.constantFrom('orders', 'lines', 'categories'),
    change: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const),
    row, old: fc.option(row, { nil: undefined }),
  })
  fc.assert(fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
    const { effects, rows, attributed: count } = attributeRows(changes, messages)
    expect(count).toBe(effects.length)
    expect(rows).toBe(changes.length)
    const names = effects.map((effect) => JSON.stringify([effect.message, effect.effect, effect.identity]))
    expect(new Set(names).size).toBe(count)
  }))
})
