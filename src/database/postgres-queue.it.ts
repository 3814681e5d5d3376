/** A table as a source against a real server: what is sent, handed over, over, in hand and given up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { UsageError } from '../lib/errors.ts'
import { openLedger } from '../lib/ledger.ts'
import type { DatabaseShare, SourceShare } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import { postgresPart } from '../parts/postgres.ts'
import { inspectParts } from '../parts/registry.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startPostgres } from '../stack/postgres.ts'
import { postgresQueue } from './postgres-queue.ts'
import { postgres } from './postgres.ts'

const SETUP = `
  create schema work;
  create table work.jobs (id bigint generated always as identity primary key, payload jsonb not null,
    message text unique, status text not null default 'new')`

const settings = { table: 'work.jobs', messageId: 'message', done: "status = 'done'", dead: "status = 'dead'" }

const stack = new AsyncDisposableStack()
let database: DatabaseShare
let worker: pg.Client

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-it-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const ledger = stack.use(await openLedger(folder))
  const running = stack.use(await nativeEnvironment(ledger, {
    parts: await inspectParts([postgresPart]), starters: { postgres: startPostgres },
  }).start(['postgres']))
  const { postgres: server } = running.servers
  assert(server, 'the stack has a Postgres')
  const template = stack.use(await postgres.prepare(server, 'Queue-It', {}))
  const setup = new pg.Client({ connectionString: template.template['url'] })
  await setup.connect()
  await setup.query(SETUP)
  await setup.end()
  database = stack.use(await template.cell('cell'))
  worker = new pg.Client({ connectionString: database.template(server.address)['url'] })
  await worker.connect()
  stack.defer(() => worker.end())
})

afterAll(async () => {
  await stack.disposeAsync()
})

function message(id: string): Message {
  return { id, headers: {}, body: JSON.stringify({ orderId: id }), tokens: [id], fields: {} }
}

async function queueWith(...ids: readonly string[]): Promise<SourceShare> {
  await worker.query('truncate work.jobs')
  const queue = postgresQueue.cell(database, 'jobs', settings)
  for (const id of ids) expect(await queue.send(message(id))).toBe('ok')
  return queue
}

test('a message is a row, and is over when a predicate says so or the row is gone, and is told once', async () => {
  const queue = await queueWith('m-1', 'm-2', 'm-3', 'm-4')
  const { rows } = await worker.query('select payload, message from work.jobs order by id')
  expect(rows[0]).toEqual({ payload: { orderId: 'm-1' }, message: 'm-1' })
  expect(await queue.settled?.()).toEqual([])
  await worker.query("update work.jobs set status = 'done' where message = 'm-1'")
  await worker.query("update work.jobs set status = 'dead' where message = 'm-2'")
  await worker.query("delete from work.jobs where message = 'm-3'")
  const over = await queue.settled?.()
  expect(over?.map(({ messageId, how }) => [messageId, how])).toEqual([
    ['m-1', 'ack'], ['m-2', 'discard'], ['m-3', 'ack'],
  ])
  expect(over?.[0]?.delivery).toMatch(/^work\.jobs \d+$/)
  expect(await queue.settled?.()).toEqual([])
})

test('what is not committed is neither over nor gone, and a locked row is in hand', async () => {
  const queue = await queueWith('m-5', 'm-6')
  expect(await queue.backlog()).toEqual({ ready: 2, unsettled: 0 })
  await worker.query('begin')
  await worker.query("update work.jobs set status = 'done' where message = 'm-5'")
  expect(await queue.settled?.()).toEqual([])
  expect(await queue.backlog()).toEqual({ ready: 1, unsettled: 1 })
  await worker.query('commit')
  expect((await queue.settled?.())?.map(({ messageId }) => messageId)).toEqual(['m-5'])
  expect(await queue.backlog()).toEqual({ ready: 1, unsettled: 0 })
})

test('rows that were given up are dead letters, each once', async () => {
  const queue = await queueWith('m-7', 'm-8')
  await worker.query("update work.jobs set status = 'dead' where message = 'm-8'")
  expect(await queue.drain('dead')).toEqual([{ body: '{"orderId":"m-8"}', headers: {}, messageId: 'm-8' }])
  expect(await queue.drain('dead')).toEqual([])
  expect(await queue.drain('elsewhere')).toEqual([])
})

test('a row that a constraint refuses was not sent; a table that is not there is a mistake of the suite', async () => {
  const queue = await queueWith('m-9')
  expect(await queue.send(message('m-9'))).toBe('failed')
  expect(await queue.send(message('m-10'))).toBe('ok')
  const nowhere = postgresQueue.cell(database, 'nowhere', {})
  await expect(nowhere.send(message('m-11'))).rejects.toBeInstanceOf(UsageError)
})

test('a claim with a time in it is waited for while its holder lives; a lock needs no help', async () => {
  const timed = postgresQueue.cell(database, 'jobs', { ...settings, lease: '10ms' })
  const lease = { name: 'rows of work.jobs', kind: 'row', values: {} }
  expect(await timed.warp?.([lease], true)).toMatchObject([{ lease: lease.name, done: true }])
  expect(await timed.warp?.([lease], false)).toEqual([])
  expect(await queueWith()).toMatchObject({ warp: undefined })
})
