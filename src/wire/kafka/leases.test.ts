/** Claims that outlive connections: members of groups, open transactions. */
import { expect, test } from 'vitest'
import { Conversation, encodeBatch, spell } from './testing.ts'

const GROUP = { groupId: 'g', groupInstanceId: 'i-1' }

test('a member is one from its id on, which comes with an error first, until it leaves', () => {
  const talk = new Conversation()
  const given = talk.exchange('JoinGroup', 5, { asks: GROUP, says: { errorCode: 79, memberId: 'm-1' } })
  expect(given.facts).toEqual([{
    type: 'lease', held: true,
    lease: {
      name: 'member g m-1', kind: 'member', values: { group: 'g', member: 'm-1', protocol: 'classic', instance: 'i-1' },
    },
  }])
  const joined = talk.exchange('JoinGroup', 5, { asks: { ...GROUP, memberId: 'm-1' }, says: { memberId: 'm-1' } })
  expect(spell(joined)).toEqual([])
  const asks = { groupId: 'g', members: [{ memberId: 'm-1' }] }
  expect(spell(talk.exchange('LeaveGroup', 3, { asks, says: { errorCode: 16 } }))).toEqual([])
  expect(spell(talk.exchange('LeaveGroup', 3, { asks, says: asks }))).toEqual(['loses member g m-1'])
  expect(spell(talk.exchange('LeaveGroup', 3, { asks, says: asks }))).toEqual([])
})

test.each(['Heartbeat', 'SyncGroup', 'OffsetCommit'])('a member that %s does not know is none', (name) => {
  const talk = new Conversation()
  talk.exchange('JoinGroup', 2, { asks: { groupId: 'g' }, says: { memberId: 'm-1' } })
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 25 }] }]
  const says = name === 'OffsetCommit' ? { topics } : { errorCode: 25 }
  const unit = talk.exchange(name, 3, { asks: { groupId: 'g', memberId: 'm-1' }, says })
  expect(spell(unit)).toEqual(['loses member g m-1'])
})

test('a static member may leave by its instance', () => {
  const talk = new Conversation()
  talk.exchange('JoinGroup', 5, { asks: GROUP, says: { memberId: 'm-1' } })
  const gone = { groupId: 'g', members: [{ memberId: '', groupInstanceId: 'i-1' }] }
  expect(spell(talk.exchange('LeaveGroup', 4, { asks: gone, says: gone }))).toEqual(['loses member g m-1'])
})

test('a member of the newer protocol brings its id; its heartbeats are housekeeping, but for first and last', () => {
  const talk = new Conversation()
  const asks = { groupId: 'g', memberId: 'm-1', memberEpoch: 0 }
  const first = talk.ask('ConsumerGroupHeartbeat', 1, asks)
  expect(spell(first)).toEqual(['holds member g m-1'])
  expect(first.starts?.handshake).toBeUndefined()
  const says = { memberId: 'm-1', memberEpoch: 4 }
  expect(talk.answer('ConsumerGroupHeartbeat', 1, says).facts).toMatchObject([
    { held: true, lease: { values: { group: 'g', member: 'm-1', protocol: 'consumer', epoch: '4' } } },
  ])
  const later = talk.ask('ConsumerGroupHeartbeat', 1, { ...asks, memberEpoch: 4 })
  expect(later.starts?.handshake).toBe(true)
  expect(spell(talk.answer('ConsumerGroupHeartbeat', 1, says))).toEqual([])
  const back = { ...asks, memberEpoch: -2 }
  expect(spell(talk.exchange('ConsumerGroupHeartbeat', 1, { asks: back, says: back }))).toEqual([])
  const last = { ...asks, memberEpoch: -1 }
  expect(spell(talk.exchange('ConsumerGroupHeartbeat', 1, { asks: last, says: last }))).toEqual(['loses member g m-1'])
})

const TRANSACTION = { transactionalId: 'tx' }
const OFFSETS = { topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1n }] }] }

function begin(talk: Conversation): void {
  const records = encodeBatch({ baseOffset: 0n, values: ['a'] })
  const asked = [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0n }] }]
  const says = { responses: [{ topic: 't', partitions: [{ partitionIndex: 0, records }] }] }
  talk.exchange('Fetch', 11, { asks: { sessionEpoch: -1, topics: asked }, says })
  const added = talk.ask('AddPartitionsToTxn', 1, {
    v3AndBelowTransactionalId: 'tx', v3AndBelowTopics: [{ name: 'out', partitions: [0] }],
  })
  expect(added.starts).toMatchObject({ text: 'out', transaction: 'begin', transactionId: 'tx' })
  expect(added.facts).toEqual([{
    type: 'lease', held: true,
    lease: { name: 'transaction tx', kind: 'transaction', values: { transactionalId: 'tx' } },
  }])
  talk.answer('AddPartitionsToTxn', 1, {})
}

test('newer requests may name several transactions, a client\'s names one', () => {
  const own = { transactionalId: 'tx', topics: [{ name: 'out', partitions: [0] }] }
  const added = new Conversation().ask('AddPartitionsToTxn', 5, { transactions: [own] })
  expect(added.starts).toMatchObject({ text: 'out', transaction: 'begin', transactionId: 'tx' })
  const asked = new Conversation().ask('AddPartitionsToTxn', 5, { transactions: [{ ...own, verifyOnly: true }] })
  expect(asked.starts?.transaction).toBeUndefined()
})

test('offsets in a transaction settle with its commit', () => {
  const talk = new Conversation()
  begin(talk)
  const offsets = talk.ask('TxnOffsetCommit', 2, { ...TRANSACTION, ...OFFSETS })
  expect(offsets.starts).toMatchObject({ transaction: 'inside', transactionId: 'tx', deliveries: ['t/0@0'] })
  expect(spell(talk.answer('TxnOffsetCommit', 2, OFFSETS))).toEqual([])
  const end = talk.ask('EndTxn', 1, { ...TRANSACTION, committed: true })
  expect(end.starts).toMatchObject({ text: '', transaction: 'commit', transactionId: 'tx', deliveries: ['t/0@0'] })
  expect(spell(talk.answer('EndTxn', 1, { errorCode: 51 }))).toEqual([])
  const again = talk.exchange('EndTxn', 1, { asks: { ...TRANSACTION, committed: true }, says: {} })
  expect(spell(again)).toEqual(['ack t/0@0', 'loses transaction tx'])
})

test('an aborted transaction settles nothing, nor does one whose offsets were refused', () => {
  const talk = new Conversation()
  begin(talk)
  talk.exchange('TxnOffsetCommit', 2, { asks: { ...TRANSACTION, ...OFFSETS }, says: OFFSETS })
  const aborts = talk.exchange('EndTxn', 1, { asks: { ...TRANSACTION, committed: false }, says: {} })
  expect(spell(aborts)).toEqual(['loses transaction tx'])
  const refused = { topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 22 }] }] }
  expect(spell(talk.ask('TxnOffsetCommit', 2, { ...TRANSACTION, ...OFFSETS }))).toEqual(['holds transaction tx'])
  expect(spell(talk.answer('TxnOffsetCommit', 2, refused))).toEqual(['loses transaction tx'])
})

test('who asks for the producer\'s id again ends what is open, and so does being fenced', () => {
  const talk = new Conversation()
  begin(talk)
  const asks = { ...TRANSACTION, transactionTimeoutMs: 1 }
  expect(spell(talk.exchange('InitProducerId', 1, { asks, says: { errorCode: 51 } }))).toEqual([])
  expect(spell(talk.exchange('InitProducerId', 1, { asks, says: {} }))).toEqual(['loses transaction tx'])
  begin(talk)
  const produce = { ...TRANSACTION, acks: -1 }
  const fenced = { responses: [{ name: 'out', partitionResponses: [{ index: 0, errorCode: 90 }] }] }
  expect(spell(talk.exchange('Produce', 7, { asks: produce, says: fenced }))).toEqual(['loses transaction tx'])
})
