/**
 * Both emulators of SQS as servers of a stack: they answer, listen on loopback alone, say which one they are, and are
 * gone afterwards; and one that is given by URL is used and left alone. Needs what `onceproof setup` brings.
 */
import {
  CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLedger, type Ledger } from '../lib/ledger.ts'
import { readProcess } from '../lib/process-table.ts'
import type { RunningServer, Stack } from '../model/edges.ts'
import type { PartState } from '../model/part.ts'
import { inspectParts } from '../parts/registry.ts'
import { elasticmqPart } from '../parts/sqs-elasticmq.ts'
import { sqsPart } from '../parts/sqs.ts'
import { nativeEnvironment } from './native.ts'
import { startSqs } from './sqs.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** With the emulator that is named, else with the part that is given. */
async function start(ledger: Ledger, wanted: 'localstack' | 'elasticmq' | PartState): Promise<Stack> {
  const found = await inspectParts([sqsPart, elasticmqPart])
  const emulator = found.find(({ name }) => name === (wanted === 'elasticmq' ? 'elasticmq' : 'sqs'))
  if (emulator === undefined) expect.unreachable('both emulators are parts')
  const version = wanted === 'elasticmq' ? `elasticmq ${emulator.version}` : emulator.version
  const sqs = typeof wanted === 'string' ? { ...emulator, name: 'sqs', version } : wanted
  const parts = [...found.filter(({ name }) => name !== 'sqs'), sqs]
  return nativeEnvironment(ledger, { parts, starters: { sqs: startSqs } }).start(['sqs'])
}

function sqsOf(stack: Stack): RunningServer {
  const server = stack.servers['sqs']
  if (server === undefined) expect.unreachable('there is no sqs')
  return server
}

function clientOf({ address, user, password }: RunningServer): SQSClient {
  return new SQSClient({
    endpoint: `http://${address.host}:${address.port}`, region: 'us-east-1', maxAttempts: 1,
    credentials: { accessKeyId: user, secretAccessKey: password },
  })
}

/** The queue's address, and what came back from it. */
async function sendAndReceive(server: RunningServer): Promise<readonly [string, string | undefined]> {
  const client = clientOf(server)
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({
    QueueName: 'q.fifo', Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
  }))
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageGroupId: 'g' }))
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
  client.destroy()
  return [QueueUrl, Messages[0]?.Body]
}

/** Local addresses, in the kernel's hexadecimal, that a process listens at. */
function listensAt(pid: number): string[] {
  const descriptors = join('/proc', String(pid), 'fd')
  const inodes = new Set(readdirSync(descriptors).flatMap((fd) => {
    const path = join(descriptors, fd)
    return existsSync(path) ? /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? [] : []
  }))
  return ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local = '', , state, , , , , , inode = '']) => (state === '0A' && inodes.has(inode) ? [local] : []))
}

const emulators = ['localstack', 'elasticmq'] as const

test.for(emulators)('%s answers on loopback alone, can be given by URL, and is gone afterwards', async (name) => {
  await using ledger = await openLedger(folder)
  await using own = await start(ledger, name)
  const server = sqsOf(own)
  expect(server.version).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`))
  expect(server).toMatchObject({ kind: 'sqs', source: 'embedded', user: 'test', password: 'test' })
  expect(await queuesOf(server)).toEqual([])
  const listening = listensAt(server.pid ?? 0)
  expect(listening).toHaveLength(1)
  expect(listening[0]).toMatch(/^(0100007F|0{16}FFFF00000100007F):/)
  expect(existsSync(server.logFile ?? '')).toBe(true)
  expect(server.moveClock !== undefined).toBe(name === 'localstack')
  const given = await start(ledger, givenBy(server))
  expect(sqsOf(given)).toMatchObject({ address: server.address, source: 'url', user: 'me', password: 'hidden' })
  expect(sqsOf(given).pid).toBeUndefined()
  expect(sqsOf(given).version).toBe(name === 'localstack' ? server.version : 'elasticmq')
  await given[Symbol.asyncDispose]()
  const [url, body] = await sendAndReceive(server)
  expect(url).toContain(`http://${server.address.host}:${server.address.port}/`)
  expect(body).toBe('hello')
  await own[Symbol.asyncDispose]()
  expect(readProcess(server.pid ?? 0)).toBeUndefined()
  expect(existsSync(own.folder)).toBe(false)
})

test("the clock of LocalStack's queues is moved past windows and claims", async () => {
  await using ledger = await openLedger(folder)
  await using stack = await start(ledger, 'localstack')
  const server = sqsOf(stack)
  const client = clientOf(server)
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({
    QueueName: 'q.fifo', Attributes: { FifoQueue: 'true', VisibilityTimeout: '3600' },
  }))
  const send = (): Promise<unknown> => client.send(new SendMessageCommand({
    QueueUrl, MessageBody: 'hello', MessageGroupId: 'g', MessageDeduplicationId: 'd',
  }))
  const receive = async (): Promise<number> => {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }
    return (await client.send(new ReceiveMessageCommand(asked))).Messages?.length ?? 0
  }
  await send()
  expect(await receive()).toBe(1)
  server.moveClock?.(3_601_000)
  expect(await receive()).toBe(1)
  server.moveClock?.(3_601_000)
  await send()
  expect(await receive()).toBe(2)
  client.destroy()
})

test('nobody at a given URL is said', async () => {
  await using ledger = await openLedger(folder)
  const nobody = givenBy({ address: { host: '127.0.0.1', port: 1 } })
  await expect(start(ledger, nobody)).rejects.toThrow('the SQS at 127.0.0.1:1 does not answer')
})

function givenBy({ address }: Pick<RunningServer, 'address'>): PartState {
  const url = `http://me:hidden@${address.host}:${address.port}`
  return { name: 'sqs', version: '', source: 'given', url, state: 'given' }
}

async function queuesOf(server: RunningServer): Promise<readonly string[]> {
  const client = clientOf(server)
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}))
  client.destroy()
  return QueueUrls
}
