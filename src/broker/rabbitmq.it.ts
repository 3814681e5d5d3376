/** The RabbitMQ edge against a real server: vhosts, confirms, backlog, draining, counted connections. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import amqp from 'amqplib'
import type { GetMessage } from 'amqplib'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { EnvironmentError } from '../lib/errors.ts'
import { openLedger } from '../lib/ledger.ts'
import type { RunningServer, SourceShare } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import { rabbitmqPart } from '../parts/rabbitmq.ts'
import { inspectParts } from '../parts/registry.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startRabbitmq } from '../stack/rabbitmq.ts'
import { rabbitmq } from './rabbitmq.ts'

const stack = new AsyncDisposableStack()
let server: RunningServer
let share: SourceShare
let cells = 0

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-it-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const ledger = stack.use(await openLedger(folder))
  const running = stack.use(await nativeEnvironment(ledger, {
    parts: await inspectParts([rabbitmqPart]), starters: { rabbitmq: startRabbitmq },
  }).start(['rabbitmq']))
  const { rabbitmq: found } = running.servers
  assert(found, 'the stack has a RabbitMQ')
  server = found
}, 60_000)

afterAll(async () => {
  await stack.disposeAsync()
})

beforeEach(async () => {
  cells += 1
  share = await rabbitmq.cell(server, `cell ${cells}`, 'orders', { queue: 'in', deadLetter: 'dead' })
})

afterEach(async () => {
  await share[Symbol.asyncDispose]()
})

function message(id: string): Message {
  return { id, headers: { tenant: 't-1' }, body: `{"id":"${id}"}`, tokens: [id], fields: {} }
}

/** What an unmodified subject would do with the template's URL. */
async function subject() {
  const { url } = share.template(server.address)
  assert(url, 'the template has a URL')
  const model = await amqp.connect(url)
  const channel = await model.createChannel()
  return { model, channel, queue: share.template(server.address).queue ?? '' }
}

async function take(channel: amqp.Channel, queue: string): Promise<GetMessage> {
  const taken = await channel.get(queue)
  assert(taken, `a message lies in ${queue}`)
  return taken
}

test('a message that was sent is what a subject receives', async () => {
  expect(await share.send(message('m-1'))).toBe('ok')
  const { model, channel, queue } = await subject()
  const got = await take(channel, queue)
  expect(got.content.toString()).toBe('{"id":"m-1"}')
  expect(got.properties).toMatchObject({
    messageId: 'm-1', contentType: 'application/json', deliveryMode: 2,
    headers: { 'message-id': 'm-1', tenant: 't-1' }, correlationId: undefined,
  })
  await model.close()
})

test('what no queue takes did not happen', async () => {
  await using bare = await rabbitmq.cell(server, 'bare', 'orders', { declare: false })
  expect(await Promise.all([bare.send(message('m-2')), bare.send(message('m-2'))])).toEqual(['failed', 'failed'])
  expect(await bare.backlog()).toEqual({ ready: 0, unsettled: 0 })
})

test('what a full queue refuses did not happen either', async () => {
  const args = { 'x-max-length': 1, 'x-overflow': 'reject-publish' }
  await using full = await rabbitmq.cell(server, 'full', 'orders', { arguments: args })
  expect([await full.send(message('m-3')), await full.send(message('m-4'))]).toEqual(['ok', 'failed'])
})

test('a confirm that is lost leaves the outcome open; what could not be sent did not happen', async () => {
  const { host, port } = server.address
  let losesReplies = false
  const pipe = createServer((client) => {
    const upstream = connect(port, host)
    for (const socket of [client, upstream]) socket.on('error', () => {}).on('close', () => client.destroy())
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (losesReplies) client.destroy()
      else client.write(bytes)
    })
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => pipe.listen(0, '127.0.0.1', resolve))
  const address = pipe.address()
  assert(address !== null && typeof address === 'object', 'the pipe listens')
  const piped = { ...server, address: { host: '127.0.0.1', port: address.port } }
  await using cut = await rabbitmq.cell(piped, 'cut', 'in', {})
  expect(await cut.send(message('c-1'))).toBe('ok')
  losesReplies = true
  expect(await cut.send(message('c-2'))).toBe('indeterminate')
  expect(await cut.backlog()).toEqual({ ready: 2, unsettled: 0 })
  pipe.close()
  expect(await cut.send(message('c-3'))).toBe('failed')
  expect(await cut.backlog()).toEqual({ ready: 2, unsettled: 0 })
})

test('the backlog is exact after every operation', async () => {
  const { model, channel, queue } = await subject()
  for (let round = 1; round <= 20; round += 1) {
    await share.send(message(`b-${round}`))
    expect(await share.backlog()).toEqual({ ready: 1, unsettled: 0 })
    const got = await take(channel, queue)
    expect(await share.backlog()).toEqual({ ready: 0, unsettled: 1 })
    channel.ack(got)
    // The next answer on the channel says that the ack was carried out.
    await channel.checkQueue(queue)
    expect(await share.backlog()).toEqual({ ready: 0, unsettled: 0 })
  }
  await model.close()
})

test('draining takes each body once; a queue that is not there is empty', async () => {
  await share.send(message('d-1'))
  await share.send(message('d-2'))
  expect(await share.drain('in')).toEqual([
    { body: '{"id":"d-1"}', messageId: 'd-1', headers: { 'message-id': 'd-1', tenant: 't-1' } },
    { body: '{"id":"d-2"}', messageId: 'd-2', headers: { 'message-id': 'd-2', tenant: 't-1' } },
  ])
  expect(await share.drain('in')).toEqual([])
  expect(await share.drain('nowhere')).toEqual([])
  expect(await share.send(message('d-3'))).toBe('ok')
})

test('a rejected message ends in the dead-letter queue', async () => {
  await share.send(message('r-1'))
  const { model, channel, queue } = await subject()
  channel.reject(await take(channel, queue), false)
  await channel.close()
  await model.close()
  expect((await share.drain('dead')).map((dead) => dead.messageId)).toEqual(['r-1'])
})

test('the server\'s count of connections is exact, other vhosts apart', async () => {
  await using other = await rabbitmq.cell(server, 'other', 'orders', {})
  const outside = async (): Promise<number> => (await share.connectionsSeen() ?? Number.NaN) - share.connectionsOwn()
  expect(await outside()).toBe(0)
  for (let count = 0; count < 3; count += 1) await (await subject()).model.close()
  expect(await outside()).toBe(3)
  expect(await other.connectionsSeen()).toBe(other.connectionsOwn())
})

test('a share goes with everything in it, and a second of its name is refused', async () => {
  await expect(rabbitmq.cell(server, `cell ${cells}`, 'orders', {})).rejects.toThrow(/already has a vhost/)
  const { model, channel } = await subject()
  const closed = new Promise<void>((resolve) => model.once('close', () => resolve()))
  model.on('error', () => {})
  channel.on('error', () => {})
  await share[Symbol.asyncDispose]()
  await closed
  await expect(subject()).rejects.toThrow()
  expect(await share.send(message('gone'))).toBe('failed')
  await using again = await rabbitmq.cell(server, `cell ${cells}`, 'orders', { queue: 'in' })
  expect(await again.backlog()).toEqual({ ready: 0, unsettled: 0 })
  expect((await again.connectionsSeen() ?? Number.NaN) - again.connectionsOwn()).toBe(0)
})

test('a server that is not there, or has no management, is one sentence', async () => {
  const gone = { host: '127.0.0.1', port: 1 }
  await expect(rabbitmq.cell({ ...server, management: gone }, 'x', 'orders', {})).rejects.toThrow(/did not answer/)
  await expect(rabbitmq.cell({ ...server, address: gone }, 'y', 'orders', {})).rejects.toThrow(/accepted no connection/)
  const { management: _, ...bare } = server
  await expect(rabbitmq.cell(bare, 'z', 'orders', {})).rejects.toThrow(EnvironmentError)
})
