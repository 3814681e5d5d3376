/** Settlements that no wire tells: which delivery they end, and how often. */
import { expect, test } from 'vitest'
import type { Over } from '../model/edges.ts'
import type { Event, EventBody } from '../model/event.ts'
import type { Suite } from '../model/suite.ts'
import { MessageLedger } from './message-ledger.ts'
import { SettlementReader } from './settlements.ts'

/** What the subject's database says; `fails`: nothing, it can't be asked. */
interface Says {
  over: Over[]
  ids: string[]
  fails?: Error
}

function cellThat(says: Says, settlement: Suite['settlement'] = 'wire') {
  const ledger = new MessageLedger()
  for (const id of ['m-1', 'm-2']) ledger.add({ id, headers: {}, body: '', tokens: [id], fields: {} })
  const events: Event[] = []
  const record = (body: EventBody): Event => {
    const event: Event = { seq: events.length + 1, atMs: 0, cell: 'c', ...body }
    events.push(event)
    ledger.note(event)
    return event
  }
  const ask = async <T>(answer: readonly T[]): Promise<readonly T[]> => {
    if (says.fails !== undefined) throw says.fails
    return answer
  }
  const broken: unknown = undefined
  const cell = {
    ledger, record, current: { id: 'i9' }, broken,
    shares: {
      lanes: new Map([['jobs', settlement === 'wire' ? { settled: () => ask(says.over.splice(0)) } : {}]]),
      databases: new Map([['db', { query: () => ask(says.ids.map((id) => ({ id }))) }]]),
    },
  }
  const deliver = (message: string, delivery: string, incarnation = 'i1'): void => {
    record({
      type: 'delivered', incarnation, connection: `${incarnation}.db.1`, delivery, message, redelivered: false,
      lane: 'jobs',
    })
  }
  const told = (): string[] => events.flatMap((event) => (event.type === 'settled'
    ? [`${event.incarnation} ${event.delivery} ${event.message} ${event.how}`] : []))
  return { cell, deliver, told, reader: new SettlementReader(settlement, cell) }
}

const query = { dependency: 'db', query: 'select id from inbox' }

test('a row that is over ends its latest delivery, once', async () => {
  const says: Says = { over: [], ids: [] }
  const { deliver, told, reader } = cellThat(says)
  deliver('m-1', 'jobs 1')
  deliver('m-1', 'jobs 1', 'i2')
  says.over.push({ delivery: 'jobs 1', messageId: 'm-1', how: 'ack' })
  await reader.read()
  await reader.read()
  expect(told()).toEqual(['i2 jobs 1 m-1 ack'])
})

test('a row that is over before its delivery was seen waits for it', async () => {
  const { deliver, told, reader } = cellThat({
    over: [{ delivery: 'jobs 2', messageId: 'm-2', how: 'discard' }], ids: [],
  })
  await reader.read()
  expect(told()).toEqual([])
  deliver('m-2', 'jobs 2')
  await reader.read()
  expect(told()).toEqual(['i1 jobs 2 m-2 discard'])
})

test('a query names messages by what is unique in them, and says something new after each delivery', async () => {
  const says: Says = { over: [], ids: [] }
  const { deliver, told, reader } = cellThat(says, query)
  deliver('m-1', 'orders/0@4')
  await reader.read()
  expect(told()).toEqual([])
  says.ids.push('m-1', 'somebody else')
  await reader.read()
  await reader.read()
  expect(told()).toEqual(['i1 orders/0@4 m-1 ack'])
  deliver('m-1', 'orders/0@5', 'i2')
  await reader.read()
  expect(told()).toEqual(['i1 orders/0@4 m-1 ack', 'i2 orders/0@5 m-1 ack'])
})

test('a query may name deliveries, or a message that nobody was seen to be handed', async () => {
  const { deliver, told, reader } = cellThat({ over: [], ids: ['orders/0@4', 'm-2'] }, query)
  deliver('m-1', 'orders/0@4')
  await reader.read()
  await reader.read()
  expect(told()).toEqual(['i1 orders/0@4 m-1 ack', 'i9 m-2 m-2 ack'])
})

test('what can not be asked breaks the cell', async () => {
  const fails = new TypeError('no such table')
  const { cell, reader } = cellThat({ over: [], ids: [], fails }, query)
  await reader.read()
  expect(cell.broken).toBe(fails)
})

test('where the wire tells all there is nothing to read', () => {
  expect(cellThat({ over: [], ids: [] }, 'none').reader.isIdle).toBe(true)
  expect(cellThat({ over: [], ids: [] }, query).reader.isIdle).toBe(false)
  expect(cellThat({ over: [], ids: [] }).reader.isIdle).toBe(false)
})
