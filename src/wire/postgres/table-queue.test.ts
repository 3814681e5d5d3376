/** Rows of a table as deliveries: which rows count, and what is about them afterwards. */
import { serialize } from 'pg-protocol'
import { expect, test } from 'vitest'
import type { Fact, Unit, WireSession } from '../../model/wire.ts'
import { encodeMessage } from './messages.ts'
import { tableQueueWire } from './table-queue.ts'
import { postgresWire } from './wire.ts'

const lease = { name: 'rows of jobs', kind: 'row', values: {} }

/** A link whose queue has rows 17 and 18, of messages m-17 and m-18. */
function openLink(table = 'jobs'): () => WireSession {
  const seen = new Set<string>()
  const wire = tableQueueWire(postgresWire, {
    table, id: 'id', lease,
    deliver: (id) => {
      if (!['17', '18'].includes(id)) return undefined
      const redelivered = seen.has(id)
      seen.add(id)
      return { messageId: `m-${id}`, redelivered }
    },
  })
  const opened = wire.openLink?.()
  return () => {
    const session = opened?.() ?? postgresWire.open()
    session.request(serialize.startup({ user: 'u', database: 'd' }))
    session.reply(Buffer.concat([text('R', '\0\0\0\0'), text('Z', 'I')]))
    return session
  }
}

const text = (kind: string, body: string): Buffer => encodeMessage(kind, Buffer.from(body, 'latin1'))

function int(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}

function columns(...names: string[]): Buffer {
  const fields = names.map((name) => Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)]))
  return encodeMessage('T', Buffer.concat([int(2, names.length), ...fields]))
}

function row(...values: (string | Buffer)[]): Buffer {
  const fields = values.map((value) => Buffer.from(value)).map((bytes) => Buffer.concat([int(4, bytes.length), bytes]))
  return encodeMessage('D', Buffer.concat([int(2, values.length), ...fields]))
}

interface Exchange {
  readonly sql: string
  readonly values?: readonly string[]
  /** What comes before the command's tag. */
  readonly rows?: readonly Buffer[]
  readonly status?: string
}

function ask(session: WireSession, { sql, values, rows = [], status = 'I' }: Exchange): Unit[] {
  const extended = values !== undefined || rows.length > 0
  const request = extended
    ? [
      serialize.parse({ text: sql }), serialize.bind({ values: [...values ?? []] }),
      ...rows[0]?.toString('latin1', 0, 1) === 'T' ? [serialize.describe({ type: 'P' })] : [],
      serialize.execute({}), serialize.sync(),
    ]
    : [serialize.query(sql)]
  const head = extended ? [text('1', ''), text('2', '')] : []
  const asked = session.request(Buffer.concat(request))
  return [...asked, ...session.reply(Buffer.concat([...head, ...rows, text('C', 'X 1\0'), text('Z', status)]))]
}

const facts = (units: readonly Unit[]): Fact[] => units.flatMap((unit) => unit.facts ?? [])
const about = (units: readonly Unit[]): readonly string[] => units.flatMap((unit) => unit.starts?.deliveries ?? [])
const taken = (units: readonly Unit[]): string[] => facts(units).flatMap((fact) => (fact.type === 'delivered'
  ? [`${fact.delivery} is ${fact.messageId}${fact.redelivered ? ' again' : ''}`] : []))

const claim = 'select id, payload from jobs where not done limit 1 for update skip locked'

test('a row that a statement naming the table brings is a delivery; its transaction is about it', () => {
  const session = openLink()()
  ask(session, { sql: 'begin', status: 'T' })
  const rows = [columns('id', 'payload'), row('17', '{"amount":18}')]
  const claimed = ask(session, { sql: claim, rows, status: 'T' })
  expect(facts(claimed)).toEqual([
    { type: 'consuming', lane: 'jobs' },
    {
      type: 'delivered', delivery: 'jobs 17', messageId: 'm-17', headers: {}, body: '', redelivered: false,
      lane: 'jobs',
    },
    { type: 'lease', lease, held: true },
  ])
  expect(about(ask(session, { sql: 'insert into invoices default values', status: 'T' }))).toEqual(['jobs 17'])
  expect(about(ask(session, { sql: 'commit' }))).toEqual(['jobs 17'])
  expect(about(ask(session, { sql: 'insert into invoices default values' }))).toEqual([])
})

test('a statement of another connection is about a row that it names, where it names the table too', () => {
  const open = openLink()
  ask(open(), { sql: claim, rows: [columns('id', 'payload'), row('17', 'x')] })
  const other = open()
  expect(about(ask(other, { sql: 'update jobs set done = true where id = $1', values: ['17'] }))).toEqual(['jobs 17'])
  expect(about(ask(other, { sql: 'update jobs set done = true where id = 17' }))).toEqual(['jobs 17'])
  expect(about(ask(other, { sql: 'update shelves set done = true where id = 17' }))).toEqual([])
})

test('only the id says whose row it is, and a row that is asked for by its id is looked up, not taken', () => {
  const session = openLink()()
  const sql = 'select amount, id from jobs'
  expect(taken(ask(session, { sql, rows: [columns('amount', 'id'), row('17', '99')] }))).toEqual([])
  expect(taken(ask(session, { sql, rows: [columns('amount'), row('17')] }))).toEqual([])
  const byId = { sql: 'select id from jobs where id = $1', values: ['17'], rows: [columns('id'), row('17')] }
  expect(taken(ask(session, byId))).toEqual([])
})

test('a value that is no id asks for no row', () => {
  const session = openLink()()
  const sql = 'select id from jobs where not done limit 17'
  expect(taken(ask(session, { sql, rows: [columns('id'), row('17')] }))).toEqual(['jobs 17 is m-17'])
  expect(about(ask(session, { sql, rows: [columns('id')] }))).toEqual([])
  const nested = 'delete from jobs where id = (select id from jobs limit 17)'
  expect(about(ask(session, { sql: nested }))).toEqual([])
})

test('a list of ids asks for each of them', () => {
  const session = openLink()()
  ask(session, { sql: claim, rows: [columns('id'), row('17'), row('18')] })
  const done = { sql: 'update jobs set done = true where id = any($1)', values: ['{"17","18"}'] }
  expect(about(ask(session, done))).toEqual(['jobs 17', 'jobs 18'])
  expect(about(ask(session, { sql: 'delete from jobs where id in (18, 99)' }))).toEqual(['jobs 18'])
})

test('without a description any column will do, binary ones too', () => {
  const session = openLink()()
  expect(taken(ask(session, { sql: claim, rows: [row('x', int(4, 18))] }))).toEqual(['jobs 18 is m-18'])
})

test('a row that comes once more was redelivered, and a second look in one transaction is none', () => {
  const open = openLink()
  const first = open()
  const rows = [columns('id', 'payload'), row('17', 'x')]
  ask(first, { sql: 'begin', status: 'T' })
  expect(taken(ask(first, { sql: claim, rows, status: 'T' }))).toEqual(['jobs 17 is m-17'])
  expect(taken(ask(first, { sql: claim, rows, status: 'T' }))).toEqual([])
  ask(first, { sql: 'rollback' })
  expect(taken(ask(open(), { sql: claim, rows }))).toEqual(['jobs 17 is m-17 again'])
})

test.each([
  ['insert into jobs (payload) values ($1) returning id', 'jobs'],
  ['select id from jobs_archive', 'jobs'],
  ['select id from shelves', 'jobs'],
])('%s takes nothing', (sql, table) => {
  const units = ask(openLink(table)(), { sql, rows: [columns('id'), row('17')] })
  expect(facts(units)).toEqual([])
})

test('the table is known by its last name, whatever the case', () => {
  const units = ask(openLink('work.jobs')(), { sql: 'SELECT id FROM "work"."Jobs"', rows: [columns('id'), row('17')] })
  expect(taken(units)).toEqual(['work.jobs 17 is m-17'])
})
