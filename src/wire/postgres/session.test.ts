/**
 * The decoder over captured traffic of node-postgres, psycopg 3, asyncpg, psql and raw messages (PostgreSQL 15).
 *
 * A transcript is what a tap would learn: operations that start, how they end, facts. It must not depend on how the
 * network cut the stream, and the joined units must be the stream.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Unit, WireSession } from '../../model/wire.ts'
import { postgresWire } from './wire.ts'

type Chunk = readonly ['request' | 'reply', Buffer]

const folder = join(import.meta.dirname, 'fixtures')
const names = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.replace('.json', ''))

function parseFixture(name: string): Chunk[] {
  const chunks = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as ['request' | 'reply', string][]
  return chunks.map(([direction, bytes]) => [direction, Buffer.from(bytes, 'base64')] as const)
}

function feed(session: WireSession, [direction, bytes]: Chunk): Unit[] {
  return direction === 'request' ? session.request(bytes) : session.reply(bytes)
}

function describeUnit(unit: Unit): string[] {
  const { starts, ends = [], facts = [] } = unit
  const lines: string[] = []
  if (starts !== undefined) {
    const { op, kind, text, transaction, reads, values } = starts
    lines.push([`${op}>`, kind, text, transaction, reads ? 'reads' : 'changes', JSON.stringify(values)].join(' '))
  }
  for (const { op, outcome, detail } of ends) lines.push(`${op}< ${outcome} ${detail}`)
  for (const fact of facts) lines.push(JSON.stringify(fact))
  return lines
}

interface Run {
  readonly transcript: string[]
  readonly joined: { readonly request: Buffer; readonly reply: Buffer }
}

function run(chunks: readonly Chunk[]): Run {
  const session = postgresWire.open()
  const transcript: string[] = []
  const out: { request: Buffer[]; reply: Buffer[] } = { request: [], reply: [] }
  for (const chunk of chunks) {
    for (const unit of feed(session, chunk)) {
      transcript.push(...describeUnit(unit))
      out[chunk[0]].push(unit.bytes)
    }
  }
  return { transcript, joined: { request: Buffer.concat(out.request), reply: Buffer.concat(out.reply) } }
}

function stream(chunks: readonly Chunk[], direction: Chunk[0]): Buffer {
  return Buffer.concat(chunks.filter((chunk) => chunk[0] === direction).map((chunk) => chunk[1]))
}

/** Operations and ends of a fixture behind its handshake, shortened. */
function operations(name: string): string[] {
  return run(parseFixture(name)).transcript.filter((line) => !/^(1[<>]|\{"type":"session")/u.test(line))
}

test.each(names)('%s: joined units are the stream', (name) => {
  const chunks = parseFixture(name)
  const { joined } = run(chunks)
  expect(joined.request).toEqual(stream(chunks, 'request'))
  expect(joined.reply).toEqual(stream(chunks, 'reply'))
})

test.each(names)('%s: byte by byte it says the same', (name) => {
  const chunks = parseFixture(name)
  const bytes = chunks.flatMap(([direction, chunk]) =>
    Array.from(chunk, (byte): Chunk => [direction, Buffer.of(byte)]))
  expect(run(bytes)).toEqual(run(chunks))
})

test.each(names)('%s: split anywhere it says the same', (name) => {
  const chunks = parseFixture(name)
  const whole = run(chunks)
  for (const [index, [direction, bytes]] of chunks.entries()) {
    for (let at = 1; at < bytes.length; at += 1) {
      const halves: Chunk[] = [[direction, bytes.subarray(0, at)], [direction, bytes.subarray(at)]]
      const split = run([...chunks.slice(0, index), ...halves, ...chunks.slice(index + 1)])
      expect(split.transcript, `chunk ${index} split at ${at}`).toEqual(whole.transcript)
      expect(split.joined.request.equals(whole.joined.request)).toBe(true)
      expect(split.joined.reply.equals(whole.joined.reply)).toBe(true)
    }
  }
})

test.each(names)('%s: every operation ends once, and nothing is unknown', (name) => {
  const { transcript } = run(parseFixture(name))
  const started = transcript.flatMap((line) => /^(\d+)>/u.exec(line)?.[1] ?? [])
  const ended = transcript.flatMap((line) => /^(\d+)</u.exec(line)?.[1] ?? [])
  expect(ended).toEqual(started.toSorted((a, b) => ended.indexOf(a) - ended.indexOf(b)))
  expect(new Set(ended).size).toBe(ended.length)
  expect(transcript.filter((line) => line.includes('"unknown"'))).toEqual([])
})

test('a chunk that ends with Sync, Flush, Execute, Query or Terminate is passed on whole', () => {
  for (const name of names) {
    const session = postgresWire.open()
    for (const chunk of parseFixture(name)) {
      const passed = Buffer.concat(feed(session, chunk).map((unit) => unit.bytes))
      expect(passed.length, name).toBe(chunk[1].length)
    }
  }
})

test('authentication is secret, the statements are not', () => {
  const session = postgresWire.open()
  const units = parseFixture('node-pg-scram-simple').flatMap((chunk) => feed(session, chunk))
  const kinds = units.filter((unit) => unit.secret).map((unit) => String.fromCharCode(unit.bytes[0] ?? 0))
  expect(kinds).toEqual(['R', 'p', 'R', 'p', 'R', 'R', 'K'])
  expect(units[0]?.starts).toMatchObject({ kind: 'startup', handshake: true, reads: true })
})

test('the backend process names the session', () => {
  expect(run(parseFixture('node-pg-named')).transcript).toContain('{"type":"session","session":"16058"}')
})

test('statements re-executed by name keep their names', () => {
  expect(operations('node-pg-named').filter((line) => line.includes('>'))).toEqual([
    '2> INSERT into invoices (order_id, amount) values ($) auto changes ["n-1","1"]',
    '3> INSERT into invoices (order_id, amount) values ($) auto changes ["n-2","2"]',
    '4> BEGIN  begin reads []',
    '5> COMMIT  commit changes []',
    '6> BEGIN  begin reads []',
    '7> COMMIT  commit changes []',
  ])
})

test('failed statements, and a COMMIT that was a ROLLBACK', () => {
  expect(operations('node-pg-errors').filter((line) => line.includes('<'))).toEqual([
    '2< failed 23505', '3< failed 23505', '4< ok BEGIN', '5< failed 23505', '6< failed 25P02', '7< failed ROLLBACK',
    '8< failed 42601',
  ])
})

test('a deferred constraint fails the COMMIT, explicit or implicit, even behind a CommandComplete', () => {
  const replies = stream(parseFixture('node-pg-deferred-constraint'), 'reply').toString('latin1')
  expect(replies.split('INSERT 0 1\0E').length, 'the server really says completed, then error').toBe(2)
  expect(operations('node-pg-deferred-constraint').filter((line) => line.includes('<'))).toEqual([
    '2< ok BEGIN', '3< ok INSERT 0 1', '4< failed 23503', '5< failed 23503', '6< failed 23503',
  ])
})

test('a text of several statements is one operation; its COMMIT stays done when a later statement fails', () => {
  expect(operations('node-pg-multi-statement')).toEqual([
    '2> BEGIN insert into invoices (order_id) values ($); commit; select $ auto changes ["m-1;x","1"]',
    '2< ok BEGIN, INSERT 0 1, COMMIT, SELECT 1',
    '3> INSERT into invoices (order_id) values ($); insert into invoices (order_id) values ($)'
    + ' auto changes ["m-2","m-2"]',
    '3< failed 23505',
    '4> BEGIN insert into parents values ($); commit; select $/$ auto changes ["77","1","0"]',
    '4< ok BEGIN, INSERT 0 1, COMMIT, then 22012',
  ])
})

test('a pipeline is one implicit transaction: an error takes with it what completed before', () => {
  expect(operations('psycopg-pipeline').filter((line) => /^[678]</u.test(line))).toEqual([
    '6< failed rolled back by 23505', '7< failed 23505', '8< failed skipped',
  ])
})

test('pipelines with their own transactions, Flush instead of Sync, and queries behind an error', () => {
  expect(operations('raw-pipelines').filter((line) => line.includes('<'))).toEqual([
    '2< ok BEGIN', '3< ok INSERT 0 1', '4< ok COMMIT', '5< failed 23505', '6< failed skipped', '7< ok SELECT 1',
    '8< ok BEGIN', '9< ok INSERT 0 1', '10< ok COMMIT',
    '11< failed rolled back by 23503', '12< failed 23503',
    '13< failed 42601', '14< failed skipped', '15< failed skipped',
    '16< ok BEGIN', '17< ok INSERT 0 1', '18< failed 22012', '19< failed ROLLBACK', '20< ok SELECT 1',
  ])
  const roles = operations('raw-pipelines').flatMap((line) =>
    / (begin|inside|commit|auto) \w+ \[/u.exec(line)?.[1] ?? [])
  expect(roles.slice(0, 9)).toEqual([
    'begin', 'inside', 'commit', 'auto', 'auto', 'auto', 'begin', 'inside', 'commit',
  ])
})

test('COPY is one operation, simple or extended, with Syncs that the server ignores', () => {
  expect(operations('raw-extended-copy').filter((line) => line.includes('<'))).toEqual([
    '2< ok COPY 2', '3< ok SELECT 1', '4< failed 23505', '5< ok SELECT 1', '6< ok COPY 1', '7< ok COPY 2',
    '8< ok SELECT 1',
  ])
  expect(operations('psycopg-copy').filter((line) => line.includes('<'))).toEqual([
    '2< ok BEGIN', '3< ok COPY 5', '4< ok COPY 12', '5< failed 23505', '6< ok ROLLBACK', '7< ok BEGIN',
    '8< failed 57014', '9< failed ROLLBACK',
  ])
  const session = postgresWire.open()
  const units = parseFixture('psycopg-copy').flatMap((chunk) => feed(session, chunk))
  const data = units.filter((unit) => unit.bytes[0] === 'd'.charCodeAt(0))
  expect(data.length).toBeGreaterThan(2)
  expect(data.every((unit) => unit.op !== undefined)).toBe(true)
})

test('a statement prepared with Flush, then executed: two operations, the first is over before the second', () => {
  expect(operations('asyncpg').slice(2, 6)).toEqual([
    '3> PREPARE INSERT into parents values ($)  reads []',
    '3< ok done',
    '4> INSERT into parents values ($) auto changes ["101"]',
    '4< ok INSERT 0 1',
  ])
  expect(operations('asyncpg').filter((line) => /^(9|12|13)/u.test(line))).toEqual([
    '9> SELECT id from parents inside reads []', '9< ok suspended',
    '12> SELECT id from parents inside reads []', '12< ok SELECT 0',
    '13> CLOSE SELECT id from parents  reads []', '13< ok done',
  ])
})

test('notices and notifications belong to no operation', () => {
  const session = postgresWire.open()
  const units = parseFixture('node-pg-notify').flatMap((chunk) => feed(session, chunk))
  const told = units.filter((unit) => unit.bytes[0] === 'A'.charCodeAt(0) || unit.bytes[0] === 'N'.charCodeAt(0))
  expect(told).toHaveLength(3)
  expect(told.filter((unit) => unit.op !== undefined || unit.facts !== undefined)).toEqual([])
})

test('a cancel request has its own connection and no reply; what it cancels fails', () => {
  const session = postgresWire.open()
  const [unit] = parseFixture('libpq-cancel-2').flatMap((chunk) => feed(session, chunk))
  expect(unit).toMatchObject({
    secret: true, starts: { kind: 'CancelRequest', oneWay: true, reads: true }, ends: [{ outcome: 'ok' }],
  })
  expect(operations('libpq-cancel')).toContain('2< failed 57014')
})

test('a fatal error ends what is open', () => {
  expect(operations('node-pg-terminated').filter((line) => line.includes('<'))).toEqual([
    '2< ok BEGIN', '3< failed 57P01',
  ])
})

test('a function call is an operation that may change state', () => {
  expect(operations('raw-function-call').slice(0, 4)).toEqual([
    '2> FunctionCall 2026 auto changes []', '2< ok done', '3> FunctionCall 1 auto changes []', '3< failed 42883',
  ])
})
