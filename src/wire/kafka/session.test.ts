/** What a tap learns of a client's talk with a broker: operations, deliveries, settlements and leases. */
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import { encodeRequest } from './frames.ts'
import { Conversation, encodeBatch, spell } from './testing.ts'
import { kafkaWire } from './wire.ts'

const TOPIC = 'onceproof.c7.orders'
const TOPIC_ID = Buffer.from('0123456789abcdef').toString('base64url')

function fetchFrom(fetchOffset: bigint, more: Record<string, number> = {}): Parameters<Conversation['ask']>[2] {
  return {
    sessionEpoch: -1, ...more,
    topics: [{ topic: TOPIC, topicId: TOPIC_ID, partitions: [{ partition: 0, fetchOffset }] }],
  }
}

function fetched(records: Buffer, more: Record<string, unknown> = {}): Parameters<Conversation['ask']>[2] {
  const partition = { partitionIndex: 0, records, ...more }
  return { responses: [{ topic: TOPIC, topicId: TOPIC_ID, partitions: [partition] }] }
}

function commits(offset: bigint): Parameters<Conversation['ask']>[2] {
  return {
    groupId: 'g', memberId: 'm-1',
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, committedOffset: offset }] }],
  }
}

function committed(errorCode: number): Parameters<Conversation['ask']>[2] {
  return { topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, errorCode }] }] }
}

test('a request and its answer are an operation, answers in any order', () => {
  const talk = new Conversation()
  const join = talk.ask('JoinGroup', 5, { groupId: 'g', protocolType: 'consumer' })
  const beat = talk.ask('Heartbeat', 3, { groupId: 'g' })
  expect(join.starts).toEqual({ op: 1, kind: 'JoinGroup', text: '', reads: false, oneWay: false, values: [] })
  expect(beat.starts).toMatchObject({ op: 2, kind: 'Heartbeat', reads: true, handshake: true })
  expect(talk.answer('Heartbeat', 3, { errorCode: 27 }, 2).ends)
    .toEqual([{ op: 2, outcome: 'failed', detail: 'code 27 REBALANCE_IN_PROGRESS' }])
  expect(talk.answer('JoinGroup', 5, {}, 1).ends).toEqual([{ op: 1, outcome: 'ok', detail: 'ok' }])
})

test.each([
  [0, 'ok', 'ok'], [7, 'indeterminate', 'code 7 REQUEST_TIMED_OUT'], [19, 'failed', 'code 19 NOT_ENOUGH_REPLICAS'],
  [20, 'indeterminate', 'code 20 NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
])('an error code of any part is the outcome: %i', (errorCode, outcome, detail) => {
  const talk = new Conversation()
  const asks = { acks: -1, topicData: [{ name: TOPIC, partitionData: [{ index: 0 }] }] }
  const says = { responses: [{ name: TOPIC, partitionResponses: [{ index: 0 }, { index: 1, errorCode }] }] }
  expect(talk.exchange('Produce', 7, { asks, says }).ends).toEqual([{ op: 1, outcome, detail }])
})

test('a coordinator that is not there may have done it', () => {
  const says = { errorCode: 15 }
  const ends = ['EndTxn', 'JoinGroup'].flatMap((name) => new Conversation().exchange(name, 1, { asks: {}, says }).ends)
  expect(ends.map((end) => end?.outcome)).toEqual(['indeterminate', 'failed'])
})

test('a Produce carries what its records say; with acks=0 it has no answer', () => {
  const records = encodeBatch({ baseOffset: 0n, values: ['{"id":1}', ''], headers: { 'message-id': 'm-1' } })
  const talk = new Conversation()
  const asks = { acks: 0, topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }] }
  const unit = talk.ask('Produce', 9, asks)
  expect(unit.starts).toMatchObject({ text: 'orders', values: ['{"id":1}', 'k0', 'm-1', 'k1', 'm-1'], oneWay: true })
  expect(unit.ends).toEqual([{ op: 1, outcome: 'ok', detail: 'sent' }])
  expect(talk.exchange('Metadata', 9, { asks: {}, says: {} }).ends).toEqual([{ op: 2, outcome: 'ok', detail: 'ok' }])
})

test('records are delivered from the offset that was asked for, and settled below the one that is committed', () => {
  const talk = new Conversation()
  expect(spell(talk.ask('Fetch', 11, fetchFrom(4n)))).toEqual(['consumes orders'])
  const records = encodeBatch({ baseOffset: 3n, values: ['a', 'b', 'c'], headers: { 'message-id': 'm-1' } })
  const unit = talk.answer('Fetch', 11, fetched(Buffer.concat([records, records.subarray(0, 40)])))
  expect(spell(unit)).toEqual(['delivered orders/0@4 b', 'delivered orders/0@5 c'])
  expect(unit.facts?.[0]).toEqual({
    type: 'delivered', delivery: 'orders/0@4', lane: 'orders/0', messageId: 'm-1', body: 'b', redelivered: false,
    headers: { 'message-id': 'm-1' },
  })
  expect(spell(talk.ask('Fetch', 11, fetchFrom(5n)))).toEqual([])
  expect(talk.ask('OffsetCommit', 5, commits(5n)).starts).toMatchObject({ text: 'orders', deliveries: ['orders/0@4'] })
  expect(spell(talk.answer('OffsetCommit', 5, committed(16)))).toEqual([])
  expect(spell(talk.exchange('OffsetCommit', 5, { asks: commits(5n), says: committed(0) }))).toEqual(['ack orders/0@4'])
  // Once more, by a client that has not heard of it: about the same record, and nothing is settled twice.
  expect(talk.ask('OffsetCommit', 5, commits(5n)).starts).toMatchObject({ deliveries: ['orders/0@4'] })
  expect(spell(talk.answer('OffsetCommit', 5, committed(0)))).toEqual([])
  expect(spell(talk.exchange('OffsetCommit', 5, { asks: commits(6n), says: committed(0) }))).toEqual(['ack orders/0@5'])
  const again = talk.exchange('Fetch', 11, { asks: fetchFrom(5n), says: fetched(records) })
  expect(spell(again)).toEqual(['delivered orders/0@5 again c'])
})

test('where records can\'t be read they are known by their offsets', () => {
  const talk = new Conversation()
  const records = Buffer.concat([
    encodeBatch({ baseOffset: 0n, values: ['a', 'b'], compression: 'snappy' }),
    encodeBatch({ baseOffset: 2n, values: ['c'], compression: 'gzip' }),
    encodeBatch({ baseOffset: 3n, values: ['d'], compression: 'zstd' }),
  ])
  expect(spell(talk.exchange('Fetch', 11, { asks: fetchFrom(0n), says: fetched(records) }))).toEqual([
    'delivered orders/0@0', 'delivered orders/0@1', 'delivered orders/0@2 c', 'delivered orders/0@3 d',
  ])
})

test('a batch in an old format is unknown', () => {
  const old = encodeBatch({ baseOffset: 0n, values: ['a'] })
  old.writeInt8(1, 16)
  const unit = new Conversation().exchange('Fetch', 11, { asks: fetchFrom(0n), says: fetched(old) })
  expect(spell(unit)).toEqual(['unknown records of orders in a format older than that of 0.11!'])
})

test.each([[0, ['a', 'b', 'c', 'd']], [1, ['b', 'c', 'd']]])(
  'aborted records are not delivered to a reader of committed ones: isolation %i', (isolationLevel, delivered) => {
    const of = { isTransactional: true, producerId: 9n } as const
    const records = Buffer.concat([
      encodeBatch({ ...of, baseOffset: 0n, values: ['a'] }),
      encodeBatch({ baseOffset: 1n, values: ['b'] }),
      encodeBatch({ ...of, producerId: 8n, baseOffset: 2n, values: ['c'] }),
      encodeBatch({ ...of, baseOffset: 3n, values: [], marker: 'abort' }),
      encodeBatch({ ...of, baseOffset: 4n, values: ['d'] }),
      encodeBatch({ ...of, baseOffset: 5n, values: [], marker: 'commit' }),
    ])
    const says = fetched(records, { abortedTransactions: [{ producerId: 9n, firstOffset: 0n }] })
    const unit = new Conversation().exchange('Fetch', 11, { asks: fetchFrom(0n, { isolationLevel }), says })
    expect((unit.facts ?? []).map((fact) => (fact.type === 'delivered' ? fact.body : fact.type))).toEqual(delivered)
  },
)

test('a fetch session remembers where it reads, a topic\'s id is named by Metadata, on whatever connection', () => {
  const open = kafkaWire.openLink?.() ?? (() => kafkaWire.open())
  const [one, other] = [new Conversation(open()), new Conversation(open())]
  const named = { topics: [{ name: TOPIC, topicId: TOPIC_ID, partitions: [] }] }
  one.exchange('Metadata', 12, { asks: {}, says: named })
  const asks = fetchFrom(1n, { sessionEpoch: 0 })
  other.exchange('Fetch', 17, { asks, says: { sessionId: 77, ...fetched(Buffer.alloc(0)) } })
  const records = encodeBatch({ baseOffset: 0n, values: ['a', 'b'] })
  const unit = other.exchange('Fetch', 17, {
    asks: { sessionId: 77, sessionEpoch: 1, topics: [] }, says: { sessionId: 77, ...fetched(records) },
  })
  expect(spell(unit)).toEqual(['delivered orders/0@1 b'])
  const asked = one.ask('OffsetCommit', 10, {
    groupId: 'g', topics: [{ topicId: TOPIC_ID, partitions: [{ partitionIndex: 0, committedOffset: 2n }] }],
  })
  expect(asked.starts).toMatchObject({ text: 'orders', deliveries: ['orders/0@1'] })
  const done = { topics: [{ topicId: TOPIC_ID, partitions: [{ partitionIndex: 0 }] }] }
  expect(spell(one.answer('OffsetCommit', 10, done))).toEqual(['ack orders/0@1'])
})

test('what the table does not have passes as unknown, and so does its answer', () => {
  const session = kafkaWire.open()
  const frame = encodeRequest({ key: 0, version: 3, correlation: 9 }, 'client', {})
  frame.writeInt16BE(2, 6)
  expect(session.request(frame)).toMatchObject([{ facts: [{ detail: 'Produce v2', mayChangeState: true }] }])
  const answer = Buffer.from([0, 0, 0, 6, 0, 0, 0, 9, 1, 2])
  expect(session.reply(answer)).toEqual([{ bytes: answer }])
  expect(session.reply(answer)).toMatchObject([{ facts: [{ type: 'unknown', mayChangeState: false }] }])
  frame.writeInt16BE(999, 4)
  expect(session.request(frame)).toMatchObject([{ facts: [{ detail: 'request 999 v2', mayChangeState: true }] }])
})

test('credentials are secret, and what is unfinished comes out at the end', () => {
  const session = kafkaWire.open()
  const talk = new Conversation(session)
  const unit = talk.ask('SaslAuthenticate', 1, { authBytes: Buffer.from('\0user\0password') })
  expect(unit).toMatchObject({ secret: true, starts: { handshake: true, values: [] } })
  expect(session.request(Buffer.from([0, 0, 0, 20, 1]))).toEqual([])
  expect(session.close()).toMatchObject([{ bytes: Buffer.from([0, 0, 0, 20, 1]), facts: [{ mayChangeState: false }] }])
})

test('TLS and other protocols are refused', () => {
  expect(() => kafkaWire.open().request(Buffer.from([0x16, 3, 1, 2, 0, 1]))).toThrow(/speaks TLS/)
  expect(() => kafkaWire.open().request(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow(WireError)
})
