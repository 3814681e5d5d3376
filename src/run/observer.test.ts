/** Whose operations are on several lanes: by token, by what was delivered last on the same lane, or nobody's. */
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { operationKey } from '../model/point.ts'
import type { OperationStart, Unit } from '../model/wire.ts'
import { MemoryConnection } from '../nemesis/testing.ts'
import { Observer, type ObserverHost } from './observer.ts'

const lanesOf: Readonly<Record<string, string>> = { 'm-orders': 'orders', 'm-returns': 'returns' }

interface Seen {
  readonly observer: Observer
  readonly events: readonly Event[]
}

function observed(lanes: readonly string[], main?: string): Seen {
  const events: Event[] = []
  const host: ObserverHost = {
    record: (body: EventBody) => void events.push({ ...body, seq: events.length, atMs: 0, cell: 'c' }),
    messageOf: ({ messageId }) => messageId, main: () => main,
    messageWithTokenIn: (values) => values.find((value) => value in lanesOf),
    background: new Set(), undecodable: () => undefined, session: () => undefined, errorsOf: () => [],
    rawFrames: false, lanes: new Set(lanes), laneOf: (message) => (lanes.length === 0 ? undefined : lanesOf[message]),
  }
  return { observer: new Observer('i1', host), events }
}

function request(kind: string, values: readonly string[] = []): Unit {
  const starts: OperationStart = { op: 1, kind, text: '', reads: false, oneWay: false, values }
  return { bytes: Buffer.alloc(0), op: 1, starts }
}

function handOver({ observer }: Seen, link: string, messageId: string, delivery = '1'): void {
  observer.answered(new MemoryConnection(link), {
    bytes: Buffer.alloc(0),
    facts: [{ type: 'delivered', delivery, messageId, headers: {}, body: '', redelivered: false, lane: link }],
  })
}

/** `key message cause` of everything that was asked. */
function told({ events }: Seen): string[] {
  return eventsOf(events, 'operation-started').map((op) => `${operationKey(op)} ${op.message ?? '-'} ${op.cause}`)
}

test('a batch is about the message of the step, where it is about that at all, else about its last one', () => {
  const asked = (main?: string, isBatch?: true): string[] => {
    const seen = observed([], main)
    for (const name of ['1', '2', '3']) handOver(seen, 'orders', `m-${name}`, name)
    const unit = request('DeleteMessageBatch')
    const about = { deliveries: ['1', '2'], ...isBatch === true ? { isBatch } : {} }
    const starts = unit.starts === undefined ? {} : { starts: { ...unit.starts, ...about } }
    seen.observer.request(new MemoryConnection('orders'), { ...unit, ...starts })
    return told(seen)
  }
  expect(asked('m-1', true)).toEqual(['orders DeleteMessageBatch#1 m-1 token'])
  // A cumulative acknowledgement is the later message's doing.
  expect(asked('m-1')).toEqual(['orders DeleteMessageBatch#1 m-2 token'])
  expect(asked('m-3', true)).toEqual(['orders DeleteMessageBatch#1 m-2 token'])
  expect(asked()).toEqual(['orders DeleteMessageBatch#1 m-2 token'])
})

test('an operation says whose it is, unless its link says so', () => {
  const seen = observed(['orders', 'returns'])
  handOver(seen, 'orders', 'm-orders')
  handOver(seen, 'returns', 'm-returns')
  seen.observer.request(new MemoryConnection('db'), request('INSERT', ['m-orders']))
  seen.observer.request(new MemoryConnection('db'), request('COMMIT'))
  seen.observer.request(new MemoryConnection('returns'), request('publish', ['m-returns']))
  expect(told(seen)).toEqual([
    'db INSERT @orders#1 m-orders token', 'db COMMIT @returns#1 m-returns order', 'returns publish#1 m-returns token',
  ])
})

test("what goes to a lane's broker has nothing to do with what came by another one", () => {
  const seen = observed(['orders', 'returns'])
  handOver(seen, 'orders', 'm-orders')
  seen.observer.request(new MemoryConnection('returns'), request('consume'))
  seen.observer.request(new MemoryConnection('orders'), request('ack'))
  expect(told(seen)).toEqual(['returns consume#1 - start', 'orders ack#1 m-orders order'])
})

test('without lanes the order of deliveries ties everything, and names hold no lane', () => {
  const seen = observed([])
  handOver(seen, 'orders', 'm-orders')
  seen.observer.request(new MemoryConnection('returns'), request('publish'))
  seen.observer.request(new MemoryConnection('db'), request('COMMIT'))
  expect(told(seen)).toEqual(['returns publish#1 m-orders order', 'db COMMIT#1 m-orders order'])
})

test('what follows a delivery that is none of ours can be tied to nothing', () => {
  const seen = observed([])
  seen.observer.answered(new MemoryConnection('orders'), {
    bytes: Buffer.alloc(0),
    facts: [{
      type: 'delivered', delivery: '1', messageId: undefined, headers: {}, body: '', redelivered: false, lane: 'work',
    }],
  })
  seen.observer.request(new MemoryConnection('db'), request('COMMIT'))
  expect(told(seen)).toEqual(['db COMMIT#1 - unattributed'])
})
