/**
 * Errors of the servers' own through a tap, against real servers and unmodified clients: after the answer the server is
 * in the state that the answer claims, and both sides of the connection still agree on what comes next.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as call } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import amqp from 'amqplib'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { poll, within } from '../lib/clock.ts'
import { openLedger } from '../lib/ledger.ts'
import type { Address, RunningServer } from '../model/edges.ts'
import type { OperationEnd, OperationStart, Outcome, Unit, WireProtocol } from '../model/wire.ts'
import { rabbitmq } from '../broker/rabbitmq.ts'
import { postgresPart } from '../parts/postgres.ts'
import { rabbitmqPart } from '../parts/rabbitmq.ts'
import { inspectParts } from '../parts/registry.ts'
import { http } from '../sink/http.ts'
import { nativeEnvironment } from '../stack/native.ts'
import { startPostgres } from '../stack/postgres.ts'
import { startRabbitmq } from '../stack/rabbitmq.ts'
import { amqpWire } from '../wire/amqp/wire.ts'
import { httpWire } from '../wire/http/wire.ts'
import { postgresWire } from '../wire/postgres/wire.ts'
import type { TapConnection, Watcher } from './connection.ts'
import { Tap } from './tap.ts'

const LIMIT_MS = 10_000
const stack = new AsyncDisposableStack()
let cell = new AsyncDisposableStack()
let database: RunningServer
let broker: RunningServer
let direct: pg.Client

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-it-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const ledger = stack.use(await openLedger(folder))
  const environment = nativeEnvironment(ledger, {
    parts: await inspectParts([postgresPart, rabbitmqPart]),
    starters: { postgres: startPostgres, rabbitmq: startRabbitmq },
  })
  const { servers } = stack.use(await environment.start(['postgres', 'rabbitmq']))
  assert(servers.postgres !== undefined && servers.rabbitmq !== undefined, 'the stack has both')
  database = servers.postgres
  broker = servers.rabbitmq
  direct = client(database.address)
  await direct.connect()
  stack.defer(() => direct.end())
  await direct.query('create table orders (id text primary key, paid int default 0)')
})

afterAll(async () => {
  await stack.disposeAsync()
})

beforeEach(async () => {
  cell = new AsyncDisposableStack()
  await direct.query('truncate orders')
})

afterEach(async () => {
  await cell.disposeAsync()
})

interface Wanted {
  readonly name: string
  matches(start: OperationStart): boolean
}

/** Answers the next operation that matches with an error; everything else passes. */
class Refuser implements Watcher {
  readonly ends: OperationEnd[] = []
  readonly unknown: string[] = []
  readonly outcomes: Promise<Outcome>[] = []
  readonly #wire: WireProtocol
  #wanted: Wanted | undefined

  constructor(wire: WireProtocol) {
    this.#wire = wire
  }

  want(name: string, kind: string, value?: string): void {
    this.#wanted = {
      name, matches: (start) => start.kind === kind && (value === undefined || start.values.includes(value)),
    }
  }

  opened(): void {}

  closed(): void {}

  forwarded(): void {}

  answered(): void {}

  undecodable(_: TapConnection, error: unknown): void {
    this.unknown.push(String(error))
  }

  request(connection: TapConnection, unit: Unit): 'pass' | 'hold' {
    this.#note(unit)
    const { starts } = unit
    const wanted = this.#wanted
    if (starts === undefined || wanted === undefined || !wanted.matches(starts)) return 'pass'
    this.#wanted = undefined
    this.outcomes.push(this.#refuse(connection, wanted.name, starts))
    return 'hold'
  }

  reply(_: TapConnection, unit: Unit): 'pass' {
    this.#note(unit)
    return 'pass'
  }

  #note({ ends, facts }: Unit): void {
    this.ends.push(...ends ?? [])
    this.unknown.push(...(facts ?? []).flatMap((fact) => (fact.type === 'unknown' ? [fact.detail] : [])))
  }

  async #refuse(connection: TapConnection, name: string, start: OperationStart): Promise<Outcome> {
    assert(this.#wire.errors?.(start).includes(name) === true, `${start.kind} can't return ${name}`)
    const isOwn = (unit: Unit): boolean => unit.op === start.op
    const refusal = await poll(() => {
      const units = connection.heldRequests.filter(isOwn)
      return this.#wire.refuse?.(name, Buffer.concat(units.map((unit) => unit.bytes)), start)
    }, { what: 'a whole request', limitMs: LIMIT_MS, everyMs: 2 })
    const behind = connection.takeHeldRequests().filter((unit) => !isOwn(unit))
    let answered: Buffer = Buffer.alloc(0)
    if (refusal.request !== undefined) {
      const conversation = connection.interject({
        bytes: refusal.request,
        done: (reply) => {
          answered = reply
          return reply.length > 0 && refusal.complete(reply) ? 'ok' : undefined
        },
      })
      const end = await within(conversation, { what: 'an answer', limitMs: LIMIT_MS })
      assert(end === 'ok', `the server's answer was ${end}`)
    }
    if (refusal.closes) connection.hangUpWith(refusal.answer(answered))
    else connection.answerAs(refusal.answer(answered))
    connection.sendUpstream(Buffer.concat(behind.map((unit) => unit.bytes)))
    return refusal.outcome(answered)
  }
}

async function openTap(wire: WireProtocol, upstream: Address): Promise<{ address: Address; refuser: Refuser }> {
  const watcher = new Refuser(wire)
  const tap = cell.use(await Tap.open({ link: 'link', wire, upstream, watcher, prefix: 'c', gated: false }))
  return { address: tap.address, refuser: watcher }
}

function client({ host, port }: Address): pg.Client {
  return new pg.Client({ host, port, user: database.user, password: database.password, database: 'postgres' })
}

async function subject(): Promise<{ db: pg.Client; refuser: Refuser }> {
  const { address, refuser } = await openTap(postgresWire, database.address)
  const db = client(address)
  db.on('error', () => {
    // The connection that a shutdown ends: the query that was under way says so as well.
  })
  await db.connect()
  cell.defer(() => db.end().catch(() => undefined))
  return { db, refuser }
}

/** SQLSTATE of the error. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(() => 'no error', (reason: unknown) => reason)
  return error instanceof pg.DatabaseError ? error.code ?? '' : String(error)
}

async function ids(): Promise<string[]> {
  const { rows } = await direct.query<{ id: string }>('select id from orders order by id')
  return rows.map((row) => row.id)
}

const insert = (id: string) => ({ name: 'add', text: 'insert into orders (id) values ($1)', values: [id] })

test.each(['simple', 'unnamed', 'named'])('a deadlock of one statement, %s', async (how) => {
  const { db, refuser } = await subject()
  const send = (id: string): Promise<unknown> => {
    if (how === 'simple') return db.query(`insert into orders (id) values ('${id}')`)
    return how === 'named' ? db.query(insert(id)) : db.query('insert into orders (id) values ($1)', [id])
  }
  for (const id of ['a', 'b']) {
    refuser.want('40P01', 'INSERT')
    expect(await codeOf(send(id))).toBe('40P01')
    await send(`${id}-again`)
  }
  expect(await ids()).toEqual(['a-again', 'b-again'])
  expect(await Promise.all(refuser.outcomes)).toEqual(['failed', 'failed'])
  expect(refuser.unknown).toEqual([])
})

test('a deadlock inside a transaction aborts it', async () => {
  const { db, refuser } = await subject()
  await db.query('begin')
  await db.query(insert('a'))
  refuser.want('40P01', 'UPDATE')
  const update = { name: 'pay', text: 'update orders set paid = $1 where id = $2', values: [1, 'a'] }
  expect(await codeOf(db.query(update))).toBe('40P01')
  expect(await codeOf(db.query('select 1'))).toBe('25P02')
  expect((await db.query('commit')).command).toBe('ROLLBACK')
  expect(await ids()).toEqual([])
  await db.query(insert('a'))
  expect((await db.query(update)).rowCount).toBe(1)
  expect(refuser.unknown).toEqual([])
})

test.each(['simple', 'extended'])('a serialization failure at a statement and at COMMIT, %s', async (how) => {
  const { db, refuser } = await subject()
  const run = (sql: string): Promise<unknown> =>
    how === 'simple' ? db.query(sql) : db.query({ name: sql, text: sql, values: [] })
  await run('begin isolation level repeatable read')
  await run("insert into orders (id) values ('a')")
  refuser.want('40001', 'UPDATE')
  expect(await codeOf(run('update orders set paid = 1'))).toBe('40001')
  await run('rollback')
  await run('begin isolation level serializable')
  await run("insert into orders (id) values ('b')")
  refuser.want('40001', 'COMMIT')
  expect(await codeOf(run('commit'))).toBe('40001')
  await run("insert into orders (id) values ('c')")
  expect(await ids()).toEqual(['c'])
  await run('begin isolation level serializable')
  await run("insert into orders (id) values ('d')")
  await run('commit')
  expect(await ids()).toEqual(['c', 'd'])
  expect(refuser.unknown).toEqual([])
})

test.each([
  ['57P01-done', 'INSERT', ['a'], 'ok'], ['57P01-lost', 'INSERT', [], 'failed'],
  ['57P01-done', 'COMMIT', ['a'], 'ok'], ['57P01-lost', 'COMMIT', [], 'failed'],
  ['57P01', 'SELECT', [], 'failed'], ['57P01', 'BEGIN', [], 'failed'],
] as const)('%s at %s', async (name, kind, left, outcome) => {
  const { db, refuser } = await subject()
  const ended = new Promise((resolve) => {
    db.once('end', resolve)
  })
  refuser.want(name, kind)
  const work = async (): Promise<void> => {
    if (kind !== 'INSERT') await db.query('begin')
    await db.query(insert('a'))
    if (kind === 'SELECT') await db.query('select id from orders where id = $1', ['a'])
    await db.query('commit')
  }
  expect(await codeOf(work())).toBe('57P01')
  await within(ended, { what: 'the end of the connection', limitMs: LIMIT_MS })
  await poll(async () => {
    const { rows } = await direct.query<{ count: string }>(
      "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()")
    return rows[0]?.count === '0'
  }, { what: 'the end of the session', limitMs: LIMIT_MS, everyMs: 10 })
  expect(await ids()).toEqual(left)
  expect(await Promise.all(refuser.outcomes)).toEqual([outcome])
  expect(refuser.unknown).toEqual([])
})

test('a statement that failed by itself is not said to be done', async () => {
  await direct.query("insert into orders (id) values ('a')")
  const { db, refuser } = await subject()
  refuser.want('57P01-done', 'INSERT')
  expect(await codeOf(db.query(insert('a')))).toBe('57P01')
  expect(await Promise.all(refuser.outcomes)).toEqual(['failed'])
})

test('a publish that the broker nacks is in no queue, and the counts stay in step', async () => {
  const share = cell.use(await rabbitmq.cell(broker, 'refusals', 'orders', { queue: 'in' }))
  const { address, refuser } = await openTap(amqpWire, share.upstream)
  const { url, queue } = share.template(address)
  assert(url !== undefined && queue !== undefined, 'the template has a URL and a queue')
  const model = await amqp.connect(url)
  cell.defer(() => model.close())
  const channel = await model.createConfirmChannel()
  const publish = (body: string): Promise<string> => new Promise((resolve) => {
    channel.sendToQueue(queue, Buffer.from(body), { headers: { CC: [queue] }, persistent: true }, (error: unknown) => {
      resolve(error === null ? `${body} ack` : `${body} nack`)
    })
  })
  expect(await publish('1')).toBe('1 ack')
  refuser.want('nack', 'basic.publish')
  expect(await publish('2')).toBe('2 nack')
  expect(await publish('3')).toBe('3 ack')
  refuser.want('nack', 'basic.publish', '5')
  expect(await Promise.all(['4', '5', '6'].map(publish))).toEqual(['4 ack', '5 nack', '6 ack'])
  const taken = await share.drain(queue)
  expect(taken.map((one) => one.body)).toEqual(['1', '3', '4', '6'])
  expect(refuser.unknown).toEqual([])
})

test('calls that fail before and after they were performed, on one kept connection', async () => {
  const sink = cell.use(await http.cell('refusals', 'psp', {}))
  const { address, refuser } = await openTap(httpWire, sink.upstream)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  cell.defer(() => agent.destroy())
  const send = async (method: string, path: string, body: string | undefined): Promise<string> => {
    const sent = call({ ...address, agent, method, path }).end(body)
    const [response] = await once(sent, 'response')
    await text(response)
    return `${response.statusCode} ${sent.reusedSocket ? 'kept' : 'new'}`
  }
  const answers: string[] = []
  for (const name of ['429', '500', '500-done', '503']) {
    refuser.want(name, 'POST')
    answers.push(await send('POST', `/${name}`, '{"a":1}'))
  }
  refuser.want('500', 'HEAD')
  answers.push(await send('HEAD', '/head', undefined), await send('POST', '/last', '{}'))
  expect(answers.map((answer) => answer.replace(/^2../, '2xx')))
    .toEqual(['429 new', '500 kept', '500 kept', '503 kept', '500 kept', '2xx kept'])
  expect(sink.calls().map(({ path }) => path)).toEqual(['/500-done', '/last'])
  expect(await Promise.all(refuser.outcomes)).toEqual(['failed', 'failed', 'ok', 'failed', 'failed'])
  expect(refuser.unknown).toEqual([])
})
