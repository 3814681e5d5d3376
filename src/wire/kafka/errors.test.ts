/** Errors and plants: what goes to the broker instead, and what the client gets, in its place among other answers. */
import { expect, test } from 'vitest'
import { assert } from '../../lib/assert.ts'
import type { Unit } from '../../model/wire.ts'
import { errorsIn } from './error-names.ts'
import { decodeRequest, decodeResponse, encodeResponse, splitFrames } from './frames.ts'
import { apiNamed, type KafkaRecord } from './table.ts'
import { Conversation, encodeBatch } from './testing.ts'
import { kafkaWire } from './wire.ts'

const records = encodeBatch({ baseOffset: 0n, values: ['a'] })

const requests: Readonly<Record<string, KafkaRecord>> = {
  Produce: {
    acks: -1,
    topicData: [{ name: 't', partitionData: [0, 1].map((index) => ({ index, records })) }],
  },
  OffsetCommit: { groupId: 'g', topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1n }] }] },
  TxnOffsetCommit: { transactionalId: 'tx', topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] },
  EndTxn: { transactionalId: 'tx', committed: true },
  AddPartitionsToTxn: {
    v3AndBelowTransactionalId: 'tx', v3AndBelowTopics: [{ name: 't', partitions: [0] }],
    transactions: [{ transactionalId: 'tx', topics: [{ name: 't', partitions: [0] }] }],
  },
  AddOffsetsToTxn: { transactionalId: 'tx', groupId: 'g' },
  JoinGroup: { groupId: 'g', memberId: 'm' },
  SyncGroup: { groupId: 'g', memberId: 'm' },
}

const ways = Object.keys(requests).flatMap((name) => {
  const { versions: { from, to } } = apiNamed(name)
  return Array.from({ length: to - from + 1 }, (_, index) => ({ name, version: from + index }))
})

function startsOf({ starts }: Unit): NonNullable<Unit['starts']> {
  assert(starts !== undefined, 'a request starts an operation')
  return starts
}

/** An answer to another request on the same connection. */
const other = encodeResponse({ key: 3, version: 1, correlation: 99 }, {})

test.each(ways)('$name v$version: every error that it can get is all that it gets', ({ name, version }) => {
  const unit = new Conversation().ask(name, version, requests[name] ?? {})
  const start = startsOf(unit)
  const names = kafkaWire.errors?.(start) ?? []
  expect(names.length).toBeGreaterThan(1)
  for (const error of names) {
    const refusal = kafkaWire.refuse?.(error, unit.bytes, start)
    assert(refusal?.request !== undefined, 'something goes to the broker in its place')
    const isDone = error.endsWith('-done')
    const sent = decodeRequest(refusal.request)
    expect([sent?.api.name, sent?.correlation]).toEqual([isDone ? name : 'ApiVersions', 1])
    const theirs = encodeResponse({ key: sent?.key ?? 0, version: sent?.version ?? 0, correlation: 1 }, {})
    expect([refusal.complete(other), refusal.complete(Buffer.concat([other, theirs]))]).toEqual([false, true])
    expect(refusal.outcome(theirs)).toBe(isDone ? 'ok' : 'failed')
    const [first, second = other] = splitFrames(refusal.answer(Buffer.concat([other, theirs])))
    expect(first).toEqual(other)
    const { correlation, body } = decodeResponse(second, apiNamed(name), version)
    expect([correlation, errorsIn(body)]).toEqual([1, [Number.parseInt(error, 10)]])
  }
})

test('an error of the broker\'s own is passed on, and then it was not done', () => {
  const unit = new Conversation().ask('EndTxn', 1, requests['EndTxn'] ?? {})
  const refusal = kafkaWire.refuse?.('15-done', unit.bytes, startsOf(unit))
  const theirs = encodeResponse({ key: 26, version: 1, correlation: 1 }, { errorCode: 47 })
  expect(refusal?.answer(theirs)).toEqual(theirs)
  expect(refusal?.outcome(theirs)).toBe('failed')
})

test('a producer that counts is only told of errors behind the write, one that asks for nothing of none', () => {
  const produce = (acks: number, producerId: bigint): readonly string[] => {
    const batch = encodeBatch({ baseOffset: 0n, values: ['a'], producerId })
    const topicData = [{ name: 't', partitionData: [{ index: 0, records: batch }] }]
    return kafkaWire.errors?.(startsOf(new Conversation().ask('Produce', 7, { acks, topicData }))) ?? []
  }
  expect([produce(-1, -1n), produce(1, -1n), produce(0, -1n)]).toEqual([['6', '19', '7-done', '7-lost'], ['6'], []])
  expect([produce(-1, 5n), produce(1, 5n)]).toEqual([['7-done'], []])
})

test('only members of the classic protocol are told of a rebalance', () => {
  const talk = new Conversation()
  talk.exchange('JoinGroup', 5, { asks: { groupId: 'g' }, says: { memberId: 'm' } })
  const mine = talk.ask('OffsetCommit', 5, { groupId: 'g', memberId: 'm' })
  const foreign = talk.ask('OffsetCommit', 5, { groupId: 'g', memberId: 'n' })
  expect([mine, foreign].map((unit) => kafkaWire.errors?.(startsOf(unit)).includes('27'))).toEqual([true, false])
})

test('what is no point, not whole or not its error is not refused', () => {
  const talk = new Conversation()
  const commit = talk.ask('OffsetCommit', 5, requests['OffsetCommit'] ?? {})
  const beat = talk.ask('Heartbeat', 3, { groupId: 'g' })
  expect(kafkaWire.refuse?.('51', commit.bytes, startsOf(commit))).toBeUndefined()
  expect(kafkaWire.refuse?.('14', commit.bytes.subarray(1), startsOf(commit))).toBeUndefined()
  expect(kafkaWire.refuse?.('14', Buffer.concat([commit.bytes, beat.bytes]), startsOf(commit))).toBeUndefined()
  expect(kafkaWire.errors?.(startsOf(beat))).toEqual([])
})

test('a planted loss asks where the partitions end, and says that the records lie there', () => {
  const unit = new Conversation().ask('Produce', 7, requests['Produce'] ?? {})
  const loss = kafkaWire.plantLoss?.(unit.bytes, startsOf(unit))
  assert(loss !== undefined, 'a Produce can be lost')
  expect(decodeRequest(loss.request)).toMatchObject({
    api: { name: 'ListOffsets' }, correlation: 1,
    body: { topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1n }, { partitionIndex: 1 }] }] },
  })
  const theirs = encodeResponse({ key: 2, version: 2, correlation: 1 }, {
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 41n }, { partitionIndex: 1, offset: 7n }] }],
  })
  expect([loss.complete(other), loss.complete(theirs)]).toEqual([false, true])
  expect(decodeResponse(loss.answer(theirs), apiNamed('Produce'), 7).body).toMatchObject({
    responses: [{ name: 't', partitionResponses: [{ index: 0, baseOffset: 41n }, { index: 1, baseOffset: 7n }] }],
  })
})

test.each([[0, 7], [-1, 13]])('a planted loss of acks=%i in v%i has the answer that is expected', (acks, version) => {
  const unit = new Conversation().ask('Produce', version, { ...requests['Produce'], acks })
  const loss = kafkaWire.plantLoss?.(unit.bytes, startsOf(unit))
  const asked = decodeRequest(loss?.request ?? Buffer.alloc(0))
  assert(asked !== undefined && loss !== undefined, 'a Produce can be lost')
  const answer = loss.answer(Buffer.concat([other, encodeResponse(asked, {})]))
  expect(splitFrames(answer)).toHaveLength(acks === 0 ? 1 : 2)
  expect(answer.subarray(0, other.length)).toEqual(other)
})

test('a planted repeat is for batches that the broker does not count', () => {
  const unit = new Conversation().ask('Produce', 7, requests['Produce'] ?? {})
  const repeat = kafkaWire.plantRepeat?.(unit.bytes, startsOf(unit))
  expect(repeat?.bytes).toEqual(unit.bytes)
  expect(repeat?.done(other)).toBeUndefined()
  const says = { responses: [{ name: 't', partitionResponses: [{ index: 0, errorCode: 20 }] }] }
  expect(repeat?.done(encodeResponse({ key: 0, version: 7, correlation: 1 }, {}))).toBe('ok')
  expect(repeat?.done(encodeResponse({ key: 0, version: 7, correlation: 1 }, says))).toBe('indeterminate')
  const batch = encodeBatch({ baseOffset: 0n, values: ['a'], producerId: 5n })
  const counted = new Conversation().ask('Produce', 7, {
    acks: -1, topicData: [{ name: 't', partitionData: [{ index: 0, records: batch }] }],
  })
  expect(kafkaWire.plantRepeat?.(counted.bytes, startsOf(counted))).toBeUndefined()
})
