/** The Kafka edge against a real broker: cells, outcomes, backlog, committed records, claims that expire when told. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Kafka, logLevel, type EachMessagePayload } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { within } from '../lib/clock.ts'
import { openLedger } from '../lib/ledger.ts'
import type { RunningServer, SourceShare, Warped } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Lease } from '../model/wire.ts'
import { kafkaPart } from '../parts/kafka.ts'
import { inspectParts } from '../parts/registry.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startKafka } from '../stack/kafka.ts'
import { KafkaClient } from './kafka-client.ts'
import { kafka } from './kafka.ts'

const LIMIT_MS = 20_000

const stack = new AsyncDisposableStack()
let server: RunningServer
let share: SourceShare
let client: Kafka
let cells = 0

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-it-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const ledger = stack.use(await openLedger(folder))
  const running = stack.use(await nativeEnvironment(ledger, {
    parts: await inspectParts([kafkaPart]), starters: { kafka: startKafka },
  }).start(['kafka']))
  const { kafka: found } = running.servers
  assert(found, 'the stack has a Kafka')
  server = found
}, 90_000)

afterAll(async () => {
  await stack.disposeAsync()
})

beforeEach(async () => {
  cells += 1
  share = await kafka.cell(server, `cell ${cells}`, 'orders', { partitions: 3, topics: { out: 1 }, deadLetter: 'dead' })
  client = newClient()
})

afterEach(async () => {
  await share[Symbol.asyncDispose]()
})

function newClient(): Kafka {
  return new Kafka({ brokers: [said('address')], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } })
}

/** What an unmodified subject would be told, without a tap between. */
function said(field: string): string {
  const value = share.template(server.address)[field]
  assert(value !== undefined, `the template has ${field}`)
  return value
}

function message(id: string, key?: string): Message {
  const body = `{"id":"${id}"}`
  return { id, headers: { tenant: 't-1' }, body, tokens: [id], fields: {}, ...key === undefined ? {} : { key } }
}

/** Consumes without committing until `count` messages have come; the consumer goes on until it is disposed. */
async function consume(count: number): Promise<{ readonly got: EachMessagePayload[]; commit(): Promise<void> }
  & AsyncDisposable> {
  const consumer = client.consumer({ groupId: said('group'), maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: said('topic'), fromBeginning: true })
  const got: EachMessagePayload[] = []
  const all = new Promise<void>((resolve, reject) => {
    const eachMessage = async (one: EachMessagePayload): Promise<void> => {
      got.push(one)
      if (got.length === count) resolve()
    }
    consumer.run({ autoCommit: false, eachMessage }).catch(reject)
  })
  await within(all, { what: `The delivery of ${count} messages`, limitMs: LIMIT_MS })
  return {
    got,
    commit: () => consumer.commitOffsets(got.map(({ topic, partition, message: { offset } }) => ({
      topic, partition, offset: String(BigInt(offset) + 1n),
    }))),
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  }
}

async function openAdmin() {
  // A client of its own: one that knows a topic asks for it for ever.
  const admin = newClient().admin()
  await admin.connect()
  return { admin, [Symbol.asyncDispose]: () => admin.disconnect() }
}

async function membersOf(group: string): Promise<{ readonly state: string; readonly members: readonly string[] }> {
  await using open = await openAdmin()
  const { groups: [found] } = await open.admin.describeGroups([group])
  assert(found, 'the coordinator describes the group')
  return { state: found.state, members: found.members.map(({ memberId }) => memberId) }
}

function memberLease(member: string, more: Readonly<Record<string, string>> = {}): Lease {
  const values = { group: said('group'), member, protocol: 'classic', ...more }
  return { name: `member ${values.group} ${member}`, kind: 'member', values }
}

async function warp(leases: readonly Lease[], alive: boolean): Promise<readonly Warped[] | undefined> {
  return await share.warp?.(leases, alive)
}

test('a message that was sent is what a subject receives', async () => {
  expect(await share.send(message('m-1', 'k-1'))).toBe('ok')
  await using consumer = await consume(1)
  const { key, value, headers } = consumer.got[0]?.message ?? {}
  expect([key?.toString(), value?.toString()]).toEqual(['k-1', '{"id":"m-1"}'])
  expect([headers?.['message-id']?.toString(), headers?.['tenant']?.toString()]).toEqual(['m-1', 't-1'])
})

test('messages of one key go one after another; others spread', async () => {
  for (let n = 0; n < 6; n += 1) {
    await share.send(message(`same-${n}`, 'k-1'))
    await share.send(message(`other-${n}`))
  }
  await using consumer = await consume(12)
  const lanes = Map.groupBy(consumer.got, ({ message: one }) => one.key?.toString() === 'k-1')
  expect(new Set(lanes.get(true)?.map(({ partition }) => partition)).size).toBe(1)
  expect(lanes.get(true)?.map(({ message: one }) => one.headers?.['message-id']?.toString()))
    .toEqual(['same-0', 'same-1', 'same-2', 'same-3', 'same-4', 'same-5'])
  expect(new Set(lanes.get(false)?.map(({ partition }) => partition)).size).toBeGreaterThan(1)
})

test('cells do not see each other', async () => {
  await using other = await kafka.cell(server, 'other', 'orders', { partitions: 3, topics: { out: 1 } })
  await share.send(message('mine'))
  expect(await other.backlog()).toEqual({ ready: 0, unsettled: 0 })
  expect(await other.drain('orders')).toEqual([])
  expect(await share.backlog()).toEqual({ ready: 1, unsettled: 0 })
  const names = other.template(server.address)
  expect([names['topic'], names['group'], names['topic.out']])
    .toEqual(['onceproof.other.orders', 'onceproof.other.orders', 'onceproof.other.out'])
  await expect(kafka.cell(server, 'other', 'orders', {})).rejects.toThrow(/already has onceproof.other.orders/)
  expect(await other.send(message('still there'))).toBe('ok')
})

test('the backlog is what the group has not committed', async () => {
  for (const id of ['b-1', 'b-2', 'b-3', 'b-4']) expect(await share.send(message(id))).toBe('ok')
  expect(await share.backlog()).toEqual({ ready: 4, unsettled: 0 })
  await using consumer = await consume(4)
  expect(await share.backlog()).toEqual({ ready: 4, unsettled: 0 })
  await consumer.commit()
  expect(await share.backlog()).toEqual({ ready: 0, unsettled: 0 })
  await share.send(message('b-5'))
  expect(await share.backlog()).toEqual({ ready: 1, unsettled: 0 })
})

test('what was aborted, and the markers of transactions, are no backlog', async () => {
  const producer = client.producer({ transactionalId: `${said('group')}-tx`, maxInFlightRequests: 1 })
  await producer.connect()
  for (const end of ['abort', 'commit'] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: said('topic'), messages: [{ key: 'k', value: end }] })
    await transaction[end]()
  }
  await producer.disconnect()
  expect(await share.backlog()).toEqual({ ready: 1, unsettled: 0 })
  expect((await share.drain('orders')).map(({ body }) => body)).toEqual(['commit'])
})

test('a reply that is lost leaves the outcome open; what could not be sent did not happen', async () => {
  const { host, port } = server.address
  let losesReplies = false
  const pipe = createServer((socket) => {
    const upstream = connect(port, host)
    for (const end of [socket, upstream]) end.on('error', () => {}).on('close', () => socket.destroy())
    socket.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (losesReplies) socket.destroy()
      else socket.write(bytes)
    })
    socket.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => pipe.listen(0, '127.0.0.1', resolve))
  const address = pipe.address()
  assert(address !== null && typeof address === 'object', 'the pipe listens')
  const piped = { ...server, address: { host: '127.0.0.1', port: address.port } }
  const cut = await kafka.cell(piped, 'cut', 'in', {})
  expect(await cut.send(message('c-1'))).toBe('ok')
  losesReplies = true
  expect(await cut.send(message('c-2'))).toBe('indeterminate')
  losesReplies = false
  expect(await cut.backlog()).toEqual({ ready: 2, unsettled: 0 })
  expect(cut.connectionsOwn()).toBe(2)
  expect(await cut.send({ ...message('big'), body: 'x'.repeat(2_000_000) })).toBe('failed')
  expect(await cut.backlog()).toEqual({ ready: 2, unsettled: 0 })
  losesReplies = true
  expect(await cut.send(message('c-3'))).toBe('indeterminate')
  const closed = once(pipe, 'close')
  pipe.close()
  await closed
  expect(await cut.send(message('c-4'))).toBe('failed')
  // Its server is gone, as far as it can tell: nothing is left to do.
  await cut[Symbol.asyncDispose]()
})

test('draining takes each committed record once, and a copy is one more', async () => {
  const producer = client.producer()
  await producer.connect()
  const headers = { 'message-id': 'o-1' }
  await producer.send({ topic: said('topic.out'), messages: [{ key: 'k', value: 'one', headers }, { value: 'two' }] })
  await producer.disconnect()
  const [one, two, ...more] = await share.drain('out')
  expect([one, two]).toEqual([
    { body: 'one', headers, messageId: 'o-1' }, { body: 'two', headers: {}, messageId: undefined },
  ])
  expect([more, await share.drain('out'), await share.drain(said('topic.out')), await share.drain('nowhere')])
    .toEqual([[], [], [], []])
  assert(one, 'the first record was taken')
  expect(await share.plantCopy('out', one)).toBe('ok')
  expect(await share.drain(said('topic.out'))).toEqual([one])
})

test('an open transaction hides what is behind it until it is made to end', async () => {
  const transactionalId = `${said('group')}-tx`
  const producer = client.producer({ transactionalId, maxInFlightRequests: 1 })
  await producer.connect()
  const done = await producer.transaction()
  await done.send({ topic: said('topic.out'), messages: [{ value: 'committed' }] })
  await done.commit()
  const open = await producer.transaction()
  await open.send({ topic: said('topic.out'), messages: [{ value: 'never' }] })
  const plain = client.producer()
  await plain.connect()
  await plain.send({ topic: said('topic.out'), messages: [{ value: 'behind' }] })
  await plain.disconnect()

  expect((await share.drain('out')).map(({ body }) => body)).toEqual(['committed'])
  expect([await share.drain('out'), await share.blocked?.('out'), await share.blocked?.('nowhere')]).toEqual([[], 2, 0])

  const name = `transaction ${transactionalId}`
  const lease = { name, kind: 'transaction', values: { transactionalId } }
  expect(await warp([lease], true)).toMatchObject([{ lease: name, done: false }])
  expect(await share.blocked?.('out')).toBe(2)
  expect(await warp([lease], false)).toEqual([{ lease: name, done: true, detail: 'InitProducerId' }])
  expect(await share.blocked?.('out')).toBe(0)
  expect((await share.drain('out')).map(({ body }) => body)).toEqual(['behind'])
  await expect(open.commit()).rejects.toThrow()
  await producer.disconnect()
})

/** A consumer as a process of its own; says its member's id once it is in the group. */
const consumerProcess = `
import { Kafka, logLevel } from 'kafkajs'
const [broker, groupId, topic] = process.argv.slice(1)
const consumer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).consumer({ groupId })
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => console.log(payload.memberId))
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ eachMessage: async () => {} })
`

async function startConsumer(): Promise<{ readonly member: string; kill(): Promise<void> }> {
  const args = [said('address'), said('group'), said('topic')]
  const child = spawn(process.execPath, ['--input-type=module', '-e', consumerProcess, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const [member] = await within(once(lines, 'line'), { what: 'The join of a process', limitMs: LIMIT_MS })
  return {
    member: String(member),
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

test('a killed member is out of its group at once, and the next one has it', { timeout: 60_000 }, async () => {
  await share.send(message('k-1'))
  const dead = await startConsumer()
  await dead.kill()
  expect(await membersOf(said('group'))).toEqual({ state: 'Stable', members: [dead.member] })
  const lease = memberLease(dead.member)
  expect(await warp([lease], false)).toEqual([{ lease: lease.name, done: true, detail: 'LeaveGroup' }])
  expect(await membersOf(said('group'))).toEqual({ state: 'Empty', members: [] })
  expect(await warp([lease], false))
    .toEqual([{ lease: lease.name, done: true, detail: 'LeaveGroup: gone already' }])
  const next = await startConsumer()
  expect((await membersOf(said('group'))).members).toEqual([next.member])
  await next.kill()
})

test('a static member leaves by its name, whoever it was before', async () => {
  await using raw = new KafkaClient(server.address)
  const join = async (): Promise<string> => (await raw.ask('A join', async (connection, { joinGroupV9 }) =>
    await joinGroupV9.api.async(connection, said('group'), 30_000, 30_000, '', 'static-1', 'consumer', [
      { name: 'range', metadata: Buffer.alloc(0) },
    ]))).memberId
  const member = await join()
  expect((await membersOf(said('group'))).members).toEqual([member])
  const stranger = memberLease('somebody-else', { instance: 'static-1' })
  expect(await warp([stranger], false)).toMatchObject([{ done: true, detail: 'LeaveGroup: gone already' }])
  expect((await membersOf(said('group'))).members).toEqual([member])
  expect(await warp([memberLease(member, { instance: 'static-1' })], false)).toMatchObject([{ done: true }])
  expect((await membersOf(said('group'))).members).toEqual([])
})

test('a member of the newer protocol leaves by its last heartbeat', async () => {
  await using raw = new KafkaClient(server.address)
  const members = async (): Promise<string[]> => {
    const { groups } = await raw.ask('The group', async (connection, { consumerGroupDescribeV0 }) =>
      await consumerGroupDescribeV0.api.async(connection, [said('group')], false))
    return groups.flatMap((group) => group.members.map(({ memberId }) => memberId))
  }
  const member = 'AAAAAAAAAAAAAAAAAAAAAA'
  await raw.ask('A join', async (connection, { consumerGroupHeartbeatV0 }) =>
    await consumerGroupHeartbeatV0.api.async(
      connection, said('group'), member, 0, null, null, 30_000, [said('topic')], null, null, [],
    ))
  expect(await members()).toEqual([member])
  const lease = memberLease(member, { protocol: 'consumer', epoch: '1' })
  expect(await warp([lease], true)).toEqual([
    { lease: lease.name, done: true, detail: 'ConsumerGroupHeartbeat with epoch -1' },
  ])
  expect(await members()).toEqual([])
  expect(await warp([lease], true)).toMatchObject([{ done: true }])
})

test('what nobody knows how to end is said', async () => {
  const unknown = { name: 'x', kind: 'visibility', values: {} }
  expect(await warp([unknown], false)).toMatchObject([{ lease: 'x', done: false }])
})

test('a share goes with its topics and its group', async () => {
  const [topic, group] = [said('topic'), said('group')]
  await using raw = new KafkaClient(server.address)
  const committed = { partitionIndex: 0, committedOffset: 0n, committedLeaderEpoch: -1, committedMetadata: null }
  await raw.ask('A commit', async (connection, { offsetCommitV8 }) =>
    await offsetCommitV8.api.async(connection, group, -1, '', null, [{ name: topic, partitions: [committed] }]))
  {
    await using before = await openAdmin()
    await before.admin.createTopics({ topics: [{ topic: `${group}-store-changelog`, numPartitions: 1 }] })
    expect((await before.admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain(group)
  }
  await share[Symbol.asyncDispose]()
  await using after = await openAdmin()
  expect((await after.admin.listTopics()).filter((name) => name.startsWith(`onceproof.cell-${cells}.`))).toEqual([])
  expect((await after.admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group)
  await using again = await kafka.cell(server, `cell ${cells}`, 'orders', { partitions: 3 })
  expect(await again.backlog()).toEqual({ ready: 0, unsettled: 0 })
})

test('a server that is not there is one sentence', async () => {
  const gone = { ...server, address: { host: '127.0.0.1', port: 1 } }
  await expect(kafka.cell(gone, 'x', 'orders', {})).rejects.toThrow(/accepted no connection/)
})
