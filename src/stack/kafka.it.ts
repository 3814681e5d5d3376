/**
 * A Kafka of the run's own: what its listeners advertise, that clients stay where they were sent, that a second one
 * runs beside it, and what becomes of a person's own. Needs what `onceproof setup` brings.
 */
import { Kafka, logLevel } from 'kafkajs'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askFramed } from '../lib/framed-request.ts'
import { openLedger, type Ledger } from '../lib/ledger.ts'
import { readProcess } from '../lib/process-table.ts'
import type { Address, RunningServer, Slot, Stack } from '../model/edges.ts'
import type { PartState } from '../model/part.ts'
import { kafkaPart } from '../parts/kafka.ts'
import { inspectParts } from '../parts/registry.ts'
import { brokersQuestion } from '../wire/kafka/readiness.ts'
import { nativeEnvironment } from './native.ts'
import { startKafka } from './kafka.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(ledger: Ledger, change: (part: PartState) => PartState = (part) => part): Promise<Stack> {
  const parts = (await inspectParts([kafkaPart])).map((part) => (part.name === 'kafka' ? change(part) : part))
  return nativeEnvironment(ledger, { parts, starters: { kafka: startKafka } }).start(['kafka'])
}

function kafkaOf(stack: Stack): RunningServer {
  const server = stack.servers['kafka']
  if (server === undefined) expect.unreachable('there is no kafka')
  return server
}

function slotOf(server: RunningServer): Slot {
  const slot = server.slot?.()
  if (slot === undefined) expect.unreachable('a Kafka of ours has slots')
  return slot
}

/** Whom the listener at an address sends clients to. */
async function advertisedBy(address: Address): Promise<readonly Address[]> {
  const reply = await askFramed({ ...address, frame: brokersQuestion.frame, limitMs: 5_000 })
  return (brokersQuestion.answer(reply) ?? []).map(({ host, port }) => ({ host, port }))
}

/** Both ways, until one side ends; counts connections. */
function pipeThrough(slot: Slot): () => number {
  let count = 0
  slot.accept((client) => {
    count += 1
    const upstream = connect({ ...slot.upstream, noDelay: true })
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  return () => count
}

function hungUp(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(address)
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(true))
    socket.resume()
  })
}

test('each listener advertises its own slot, and a slot is hung up on while nobody has it', async () => {
  await using ledger = await openLedger(folder)
  await using stack = await start(ledger)
  const server = kafkaOf(stack)
  expect(await advertisedBy(server.address)).toEqual([server.address])
  const one = slotOf(server)
  const two = slotOf(server)
  expect(one.address).not.toEqual(two.address)
  expect(await advertisedBy(one.upstream)).toEqual([one.address])
  expect(await advertisedBy(two.upstream)).toEqual([two.address])
  expect(await hungUp(one.address)).toBe(true)
  pipeThrough(one)
  expect(await advertisedBy(one.address)).toEqual([one.address])
  one.release()
  expect(await hungUp(one.address)).toBe(true)
})

test('a client that was sent to a slot has every connection there', async () => {
  await using ledger = await openLedger(folder)
  await using stack = await start(ledger)
  const slot = slotOf(kafkaOf(stack))
  const opened = pipeThrough(slot)
  const client = new Kafka({
    clientId: 'it', brokers: [`${slot.address.host}:${slot.address.port}`], logLevel: logLevel.NOTHING,
  })
  const producer = client.producer()
  const consumer = client.consumer({ groupId: 'g', maxWaitTimeInMs: 100 })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: 1 }] })
  await producer.connect()
  await producer.send({ topic: 't', messages: [{ value: 'hello' }] })
  await consumer.connect()
  await consumer.subscribe({ topics: ['t'], fromBeginning: true })
  const heard = new Promise<string>((resolve) => {
    void consumer.run({ eachMessage: ({ message }) => Promise.resolve(resolve(message.value?.toString() ?? '')) })
  })
  expect(await heard).toBe('hello')
  expect(opened()).toBeGreaterThanOrEqual(3)
  await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
})

test('two run side by side, and nothing of either is left', async () => {
  await using ledger = await openLedger(folder)
  const stacks = await Promise.all([start(ledger), start(ledger)])
  const servers = stacks.map(kafkaOf)
  for (const server of servers) expect(await advertisedBy(server.address)).toEqual([server.address])
  const slots = servers.map(slotOf)
  await Promise.all(stacks.map((stack) => stack[Symbol.asyncDispose]()))
  expect(servers.map(({ pid }) => readProcess(pid ?? 0))).toEqual([undefined, undefined])
  expect(stacks.map((stack) => existsSync(stack.folder))).toEqual([false, false])
  expect(await Promise.all(slots.map(({ address }) => isRefused(address)))).toEqual([true, true])
})

function isRefused(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })
}

test("a person's own jars do without what setup prepares", async () => {
  await using ledger = await openLedger(folder)
  await using stack = await start(ledger, (part) => {
    const home = mkdtempSync(join(process.getuid?.() === 0 ? '/var/tmp' : tmpdir(), 'onceproof-test-jars-'))
    ledger.removeFolder(home)
    chmodSync(home, 0o755)
    symlinkSync(join(part.path ?? '', 'libs'), join(home, 'libs'))
    return { ...part, source: 'given', path: home }
  })
  const { address } = kafkaOf(stack)
  expect(await advertisedBy(address)).toEqual([address])
})

test('one that is given by URL has no slots and is not ended', async () => {
  await using ledger = await openLedger(folder)
  await using own = await start(ledger)
  const { address, version } = kafkaOf(own)
  const url = `kafka://${address.host}:${address.port}`
  const given = await start(ledger, ({ name }) => ({ name, version: '', source: 'given', url, state: 'given' }))
  expect(kafkaOf(given)).toMatchObject({ address, source: 'url' })
  expect(kafkaOf(given).version).toMatch(/^metadata\.version \d/)
  expect(Object.keys(kafkaOf(given))).not.toContain('slot')
  expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  await given[Symbol.asyncDispose]()
  expect(await advertisedBy(address)).toEqual([address])
  const nobody = { name: 'kafka', version: '', source: 'given', url: 'kafka://127.0.0.1:1', state: 'given' } as const
  await expect(start(ledger, () => nobody)).rejects.toThrow('Kafka at 127.0.0.1:1 does not answer')
})
