/** The Postgres edge against a real server: clones, readings, commits, planted copies, counted connections. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import { openLedger } from '../lib/ledger.ts'
import type { DatabaseShare, DatabaseTemplate, RunningServer } from '../model/edges.ts'
import { postgresPart } from '../parts/postgres.ts'
import { inspectParts } from '../parts/registry.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startPostgres } from '../stack/postgres.ts'
import { postgres } from './postgres.ts'

const stack = new AsyncDisposableStack()
let server: RunningServer
let template: DatabaseTemplate
let share: DatabaseShare
let cells = 0

const SETUP = `
  create table invoices (id serial primary key, order_id text not null unique, amount numeric, paid boolean,
    at timestamptz default now());
  create table lines (id serial primary key, order_id text not null, sku text);
  create table charges (id uuid primary key default gen_random_uuid(), order_id text unique);
  create view paid_invoices as select i.order_id as id, i.amount from public.invoices i where i.paid;
  create view paid_twice as select p.id, p.amount from paid_invoices p;
  create table notes (id int primary key, text text)`

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-it-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const ledger = stack.use(await openLedger(folder))
  const running = stack.use(await nativeEnvironment(ledger, {
    parts: await inspectParts([postgresPart]), starters: { postgres: startPostgres },
  }).start(['postgres']))
  const { postgres: found } = running.servers
  assert(found, 'the stack has a Postgres')
  server = found
  template = stack.use(await postgres.prepare(server, 'Db-It', {}))
  await subject(template.template, SETUP)
})

afterAll(async () => {
  await stack.disposeAsync()
})

beforeEach(async () => {
  cells += 1
  share = await template.cell(`cell ${cells}`)
})

afterEach(async () => {
  await share[Symbol.asyncDispose]()
})

/** What an unmodified subject would do with the template's values: connect by URL, run, leave. */
async function subject(template: Readonly<Record<string, string>>, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: template.url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

test('a cell is a clone of what setup made, and the cells are apart', async () => {
  const [left, right] = await Promise.all([template.cell('left'), template.cell('right')])
  await subject(left.template(server.address), "insert into notes values (1, 'left')")
  expect(await left.query('select * from notes')).toEqual([{ id: '1', text: 'left' }])
  expect(await right.query('select * from notes')).toEqual([])
  await left[Symbol.asyncDispose]()
  await right[Symbol.asyncDispose]()
  await expect(subject(left.template(server.address), 'select 1')).rejects.toThrow(/does not exist/)
})

test('every value is text as the server prints it, and no column hides another', async () => {
  await subject(share.template(server.address),
    "insert into invoices (order_id, amount, paid, at) values ('o-1', 1.50, true, '2026-11-21 10:00:00.123456+02')")
  expect(await share.query('select order_id as id, * from invoices')).toEqual([{
    id: 'o-1', id_2: '1', order_id: 'o-1', amount: '1.50', paid: 't', at: '2026-11-21 08:00:00.123456+00',
  }])
})

test('an effect query that the server refuses is the suite\'s to mend', async () => {
  await expect(share.query('select * from nowhere')).rejects.toThrow(UsageError)
  await expect(share.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow(EnvironmentError)
  expect(await share.query('select 1 as one')).toEqual([{ one: '1' }])
})

test('commits come in commit order, once, without what was rolled back', async () => {
  const at = share.template(server.address)
  const first = new pg.Client({ connectionString: at.url })
  await first.connect()
  await first.query('begin')
  await first.query("insert into notes values (1, 'begun first')")
  await subject(at,
    "insert into notes values (2, 'committed first')",
    "begin; insert into notes values (3, 'gone'); rollback",
    'set synchronous_commit = off',
    "update notes set text = 'it''s' where id = 2")
  await first.query('commit')
  await first.end()
  const changes = await share.commits()
  expect(changes?.map(({ change, table, row }) => [change, table, row])).toEqual([
    ['insert', 'public.notes', { id: '2', text: 'committed first' }],
    ['update', 'public.notes', { id: '2', text: "it's" }],
    ['insert', 'public.notes', { id: '1', text: 'begun first' }],
  ])
  await subject(at, 'delete from notes where id = 1', 'truncate notes')
  expect((await share.commits())?.map(({ change, row }) => [change, row]))
    .toEqual([['delete', { id: '1' }], ['delete', {}]])
  expect(await share.commits()).toEqual([])
})

test('commits of every kind of value read as a query reads them', async () => {
  await subject(share.template(server.address),
    `create table kinds (id int primary key, "Odd [name]" text[], b bytea, j jsonb, bits bit(3), n numeric, f float8,
      flag bool, span interval, nothing text)`,
    `insert into kinds values
      (1, '{"a b",NULL}', '\\x00ff', '{"k": "it''s"}', B'101', 'NaN', 0.1, false, '1 day 2 h', null)`)
  const rows = await share.query('select * from kinds')
  expect((await share.commits())?.map(({ row }) => row)).toEqual(rows)
})

test('a copy is planted live where the table takes it, and leaves no trace', async () => {
  await subject(share.template(server.address), "insert into lines (order_id, sku) values ('o-7', 'a'), ('o-8', 'b')")
  await share.commits()
  const sql = 'select order_id as id, sku from lines'
  const planted = await share.plantCopy('line', sql, 'o-7')
  expect(planted?.how).toBe('live')
  expect(planted?.rows.filter((row) => row.id === 'o-7')).toEqual([{ id: 'o-7', sku: 'a' }, { id: 'o-7', sku: 'a' }])
  expect(await share.query(sql)).toHaveLength(2)
  expect(await share.commits()).toEqual([])
})

test('a copy that a unique key forbids is planted beside the table', async () => {
  await subject(share.template(server.address), "insert into invoices (order_id, amount, paid) values ('o-9', 4, true)")
  const queries = [
    'select order_id as id, * from invoices',
    'select order_id as id from public . invoices',
    'select order_id as id from "public"."invoices" i',
    'select * from paid_invoices',
    'select * from paid_twice',
  ]
  for (const sql of queries) {
    const planted = await share.plantCopy('invoice', sql, 'o-9')
    expect([sql, planted?.how, planted?.rows.length]).toEqual([sql, 'scratch', 2])
    expect(await share.query(sql)).toHaveLength(1)
  }
})

test('an identity that is the key itself, or put together, can be copied too', async () => {
  await subject(share.template(server.address),
    "insert into charges (id, order_id) values ('5a9c2a46-6d86-4b5e-9a3d-000000000001', 'o-10')",
    "insert into lines (order_id, sku) values ('order-11', 'sku-1')")
  expect(await share.plantCopy('charge', 'select id from charges', '5a9c2a46-6d86-4b5e-9a3d-000000000001'))
    .toMatchObject({ how: 'scratch', rows: [{}, {}] })
  expect(await share.plantCopy('line', "select order_id || ':' || sku as id from lines", 'order-11:sku-1'))
    .toMatchObject({ how: 'live', rows: [{}, {}] })
})

test('a query that can\'t see a duplicate has none planted', async () => {
  await subject(share.template(server.address), "insert into lines (order_id, sku) values ('o-12', 'a')")
  expect(await share.plantCopy('line', 'select distinct order_id as id from lines', 'o-12')).toBeUndefined()
  expect(await share.plantCopy('line', 'select order_id as id from lines', 'o-13')).toBeUndefined()
})

test('the server\'s count of connections is exact, other databases apart', async () => {
  const other = await template.cell('other')
  const outside = async (): Promise<number> => (await share.connectionsSeen() ?? Number.NaN) - share.connectionsOwn()
  expect(await outside()).toBe(0)
  for (let count = 0; count < 3; count += 1) await subject(share.template(server.address), 'select 1')
  await subject(other.template(server.address), 'select 1')
  expect(await outside()).toBe(3)
  expect(await outside()).toBe(3)
  await other[Symbol.asyncDispose]()
})

test('a share that a session still uses is dropped all the same', async () => {
  const doomed = await template.cell('doomed')
  const client = new pg.Client({ connectionString: doomed.template(server.address).url })
  const ended = new Promise<void>((resolve) => client.on('error', () => resolve()))
  await client.connect()
  await doomed[Symbol.asyncDispose]()
  await ended
  const [left] = await share.query("select count(*) from pg_database where datname like '%doomed%'")
  expect(left?.count).toBe('0')
})

test('a server that is not there is one sentence', async () => {
  const gone = { ...server, address: { host: '127.0.0.1', port: 1 } }
  await expect(postgres.prepare(gone, 'gone', {})).rejects.toThrow(/^Postgres at 127.0.0.1:1\/postgres accepted no/)
  await expect(postgres.prepare(server, 'strange', { nonsense: 1 })).rejects.toThrow(UsageError)
})
