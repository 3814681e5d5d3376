/**
 * The SQS edge against a real emulator: queues, groups, copies, claims that end, backlog, draining, dead letters. The
 * subject's requests go through a tap, as they do in a run.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { poll } from '../lib/clock.ts'
import { assert } from '../lib/assert.ts'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import { openLedger } from '../lib/ledger.ts'
import type { RunningServer, SourceShare } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Fact, Lease, OperationStart, Unit } from '../model/wire.ts'
import { inspectParts } from '../parts/registry.ts'
import { elasticmqPart } from '../parts/sqs-elasticmq.ts'
import { sqsPart } from '../parts/sqs.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startSqs } from '../stack/sqs.ts'
import type { Watcher } from '../tap/connection.ts'
import { Tap } from '../tap/tap.ts'
import { sqs } from './sqs.ts'

const stack = new AsyncDisposableStack()
let server: RunningServer
let share: SourceShare
let tap: Tap
let client: SQSClient
let starts: OperationStart[] = []
let facts: Fact[] = []
let cells = 0

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-it-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const ledger = stack.use(await openLedger(folder))
  const parts = await inspectParts([sqsPart, elasticmqPart])
  const environment = nativeEnvironment(ledger, { parts, starters: { sqs: startSqs } })
  const { sqs: found } = stack.use(await environment.start(['sqs'])).servers
  assert(found, 'the stack has an SQS')
  server = found
}, 90_000)

afterAll(async () => {
  await stack.disposeAsync()
}, 30_000)

beforeEach(async () => {
  cells += 1
  share = await sqs.cell(server, `it-${cells}`, 'orders', {
    queue: 'in', queues: ['out'], deadLetter: 'dead', maxReceiveCount: 2,
  })
  starts = []
  facts = []
  tap = await Tap.open({
    link: 'orders', wire: share.wire, upstream: share.upstream, watcher: watcher(), prefix: 'c', gated: false,
  })
  client = new SQSClient({
    endpoint: fieldOf('endpoint'), region: fieldOf('region'), maxAttempts: 1,
    credentials: { accessKeyId: fieldOf('accessKey'), secretAccessKey: fieldOf('secretKey') },
  })
})

afterEach(async () => {
  client.destroy()
  await tap[Symbol.asyncDispose]()
  await share[Symbol.asyncDispose]()
})

function watcher(): Watcher {
  const hear = (unit: Unit): 'pass' => {
    if (unit.starts !== undefined) starts.push(unit.starts)
    facts.push(...unit.facts ?? [])
    return 'pass'
  }
  return {
    opened: ignore, closed: ignore, forwarded: ignore, answered: ignore, undecodable: (_, error) => { throw error },
    request: (_, unit) => hear(unit), reply: (_, unit) => hear(unit),
  }
}

function ignore(): void {}

function message(id: string, key?: string): Message {
  const body = JSON.stringify({ id })
  return { id, headers: { tenant: 't-1' }, body, tokens: [id], fields: {}, ...(key === undefined ? {} : { key }) }
}

function fieldOf(field: string): string {
  return share.template(tap.address)[field] ?? ''
}

async function receive(count = 10): Promise<readonly SqsMessage[]> {
  const asked = { QueueUrl: fieldOf('queueUrl'), MaxNumberOfMessages: count, WaitTimeSeconds: 0 }
  return (await client.send(new ReceiveMessageCommand(asked))).Messages ?? []
}

async function remove({ ReceiptHandle }: SqsMessage): Promise<void> {
  await client.send(new DeleteMessageCommand({ QueueUrl: fieldOf('queueUrl'), ReceiptHandle }))
}

function delivered(): string[] {
  return facts.flatMap((fact) => (fact.type === 'delivered' ? [fact.messageId ?? ''] : []))
}

function leases(): Lease[] {
  return facts.flatMap((fact) => (fact.type === 'lease' && fact.held ? [fact.lease] : []))
}

test('a message that was sent is what a subject receives, and the tap knows it without attributes', async () => {
  expect(await share.send(message('m-1'))).toBe('ok')
  const [got] = await receive()
  assert(got, 'a message came')
  expect(got.Body).toBe('{"id":"m-1"}')
  expect(got.MessageAttributes).toBeUndefined()
  await remove(got)
  expect(delivered()).toEqual(['m-1'])
  expect(facts.map((fact) => fact.type)).toEqual(['consuming', 'delivered', 'lease', 'settled', 'lease'])
  expect(starts.map(({ kind, text }) => `${kind} ${text}`)).toEqual(['ReceiveMessage in.fifo', 'DeleteMessage in.fifo'])
  expect(await share.backlog()).toEqual({ ready: 0, unsettled: 0 })
})

test('a subject that asks for attributes gets the id and the headers', async () => {
  await share.send(message('m-1'))
  const asked = { QueueUrl: fieldOf('queueUrl'), MessageAttributeNames: ['All'] }
  const { Messages: [got] = [] } = await client.send(new ReceiveMessageCommand(asked))
  expect(got?.MessageAttributes).toMatchObject({ 'message-id': { StringValue: 'm-1' }, tenant: { StringValue: 't-1' } })
})

test('queue URLs lead through the tap; one that the server tells does with LocalStack', async () => {
  const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: fieldOf('queue') }))
  const { port } = server.version.startsWith('elasticmq') ? server.address : tap.address
  expect(QueueUrl).toBe(fieldOf('queueUrl').replace(`:${tap.address.port}/`, `:${port}/`))
  expect(fieldOf('queueUrl')).toMatch(`http://127.0.0.1:${tap.address.port}/`)
  expect(fieldOf('queueUrl')).toMatch(`/onceproof-it_${cells}-in.fifo`)
  expect(fieldOf('queueUrl.out')).toMatch(/-out\.fifo$/)
  expect(share.template(tap.address)).toMatchObject({ queue: `onceproof-it_${cells}-in.fifo`, region: 'us-east-1' })
})

test('messages of one key keep their order, and the first one in flight holds the others back', async () => {
  for (const id of ['m-1', 'm-2', 'm-3']) await share.send(message(id, 'k'))
  const [first] = await receive(1)
  assert(first, 'a message came')
  expect(await receive(1)).toEqual([])
  await remove(first)
  expect((await receive()).map((one) => one.Body)).toEqual(['{"id":"m-2"}', '{"id":"m-3"}'])
})

test('a copy arrives, though the queue forgets repeats', async () => {
  await share.send(message('m-1'))
  expect(await share.send(message('m-1'))).toBe('ok')
  expect(await share.backlog()).toEqual({ ready: 2, unsettled: 0 })
})

test('the backlog is exact after every operation', async () => {
  for (let round = 1; round <= 5; round += 1) {
    await share.send(message(`b-${round}`))
    expect(await share.backlog()).toEqual({ ready: 1, unsettled: 0 })
    const [got] = await receive()
    assert(got, 'a message came')
    expect(await share.backlog()).toEqual({ ready: 0, unsettled: 1 })
    await remove(got)
    expect(await share.backlog()).toEqual({ ready: 0, unsettled: 0 })
  }
})

test('claims that are ended make their messages come again, in order', async () => {
  for (const id of ['m-1', 'm-2', 'm-3']) await share.send(message(id, 'k'))
  expect(await receive()).toHaveLength(3)
  expect(await receive()).toEqual([])
  const warped = await share.warp?.(leases(), false)
  expect(warped?.map(({ done, detail }) => `${done} ${detail}`))
    .toEqual(Array.from({ length: 3 }, () => 'true ChangeMessageVisibility to 0'))
  expect((await receive()).map((one) => one.Body)).toEqual(['{"id":"m-1"}', '{"id":"m-2"}', '{"id":"m-3"}'])
  expect(facts.filter((fact) => fact.type === 'delivered' && fact.redelivered)).toHaveLength(3)
})

test('a claim that is over already counts as ended, and nobody else loses the message over it', async () => {
  await share.send(message('m-1'))
  await receive()
  const [old] = leases()
  assert(old, 'a claim is held')
  await share.warp?.([old], false)
  const [again] = await receive()
  assert(again, 'it came again')
  expect(await share.warp?.([old], false)).toMatchObject([{ lease: old.name, done: true, detail: /received again/ }])
  expect(await share.backlog()).toEqual({ ready: 0, unsettled: 1 })
  await remove(again)
  const [, newest] = leases()
  assert(newest, 'another claim was held')
  expect(await share.warp?.([newest], false)).toMatchObject([{ done: true }])
  expect(await share.backlog()).toEqual({ ready: 0, unsettled: 0 })
})

test('what the parked poll of a dead client takes can be taken back', async () => {
  const asked = { QueueUrl: fieldOf('queueUrl'), WaitTimeSeconds: 10 }
  const parked = client.send(new ReceiveMessageCommand(asked)).catch(ignore)
  const soon = { limitMs: 5_000, everyMs: 5 }
  const connection = await poll(() => (starts.length > 0 ? tap.connections[0] : undefined), { what: 'a poll', ...soon })
  connection.keepUpstream()
  client.destroy()
  await parked
  await share.send(message('m-1'))
  await poll(() => (leases().length > 0 ? true : undefined), { what: 'the orphaned answer', ...soon })
  expect(await share.backlog()).toEqual({ ready: 0, unsettled: 1 })
  await share.warp?.(leases(), false)
  expect(await share.backlog()).toEqual({ ready: 1, unsettled: 0 })
  connection.dropUpstream()
})

test('what was received too often goes to the dead letters', async () => {
  expect(share.deliveryLimit).toBe(2)
  await share.send(message('m-1'))
  for (let round = 0; round < 2; round += 1) {
    expect(await receive()).toHaveLength(1)
    await share.warp?.(leases().slice(-1), false)
  }
  expect(await receive()).toEqual([])
  expect(await share.drain('dead')).toMatchObject([{ messageId: 'm-1', body: '{"id":"m-1"}' }])
})

test('draining takes each body once; a copy is one more', async () => {
  for (const body of ['a', 'b', 'c']) {
    await client.send(new SendMessageCommand({
      QueueUrl: fieldOf('queueUrl.out'), MessageBody: body, MessageGroupId: 'g', MessageDeduplicationId: body,
      MessageAttributes: { k: { DataType: 'String', StringValue: body } },
    }))
  }
  const taken = await share.drain('out')
  expect(taken.map(({ body, headers }) => [body, headers])).toEqual(['a', 'b', 'c'].map((body) => [body, { k: body }]))
  expect(await share.drain('out')).toEqual([])
  const [first] = taken
  assert(first, 'something was taken')
  expect(await share.plantCopy('out', first)).toBe('ok')
  expect(await share.plantCopy('out', first)).toBe('ok')
  expect((await share.drain('out.fifo')).map(({ body }) => body)).toEqual(['a', 'a'])
  expect(await share.drain('nowhere')).toEqual([])
  expect(await share.plantCopy('nowhere', first)).toBe('failed')
})

test('what the server refuses did not happen, nor what nobody heard', async () => {
  expect(await share.send({ ...message('m-1'), body: '' })).toBe('failed')
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`h${i}`, 'x']))
  await expect(share.send({ ...message('m-2'), headers: many })).rejects.toThrow(UsageError)
  await share[Symbol.asyncDispose]()
  expect(await share.send(message('m-3'))).toBe('failed')
  expect(await share.backlog().catch((error: unknown) => error)).toBeInstanceOf(EnvironmentError)
})

test('a standard queue has no groups', async () => {
  await using plain = await sqs.cell(server, `plain-${cells}`, 'jobs', { fifo: false, visibility: '5s' })
  expect(plain.deliveryLimit).toBeUndefined()
  expect(await plain.send(message('m-1'))).toBe('ok')
  expect(await plain.backlog()).toEqual({ ready: 1, unsettled: 0 })
  expect((await plain.drain('jobs')).map((taken) => taken.messageId)).toEqual(['m-1'])
})

test('a share goes with its queues, and a second of its name is refused', async () => {
  await expect(sqs.cell(server, `it-${cells}`, 'orders', { queue: 'in' })).rejects.toThrow(/already has a queue/)
  await share[Symbol.asyncDispose]()
  await using again = await sqs.cell(server, `it-${cells}`, 'orders', { queue: 'in' })
  expect(await again.backlog()).toEqual({ ready: 0, unsettled: 0 })
})

test('a server that is not there is one sentence', async () => {
  const gone = { ...server, address: { host: '127.0.0.1', port: 1 } }
  await expect(sqs.cell(gone, 'x', 'orders', {})).rejects.toThrow(EnvironmentError)
})
