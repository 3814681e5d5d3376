/**
 * The decoder against made-up traffic: encryption, damage, other people's encoders and parsers.
 *
 * Requests are made by pg-protocol's serializer, and captured replies are read by its parser message by message, so
 * that boundaries and kinds are agreed on by two independent readers.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { serialize } from 'pg-protocol'
import { Parser } from 'pg-protocol/dist/parser.js'
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import type { OperationEnd, Unit, WireSession } from '../../model/wire.ts'
import { encodeMessage } from './messages.ts'
import { postgresWire } from './wire.ts'

const folder = join(import.meta.dirname, 'fixtures')

type Chunk = readonly ['request' | 'reply', Buffer]

function parseFixture(file: string): Chunk[] {
  const chunks = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ['request' | 'reply', string][]
  return chunks.map(([direction, bytes]) => [direction, Buffer.from(bytes, 'base64')] as const)
}

const fixtures = readdirSync(folder).filter((file) => file.endsWith('.json'))

function feed(session: WireSession, [direction, bytes]: Chunk): Unit[] {
  return direction === 'request' ? session.request(bytes) : session.reply(bytes)
}

const text = (kind: string, body: string): Buffer => encodeMessage(kind, Buffer.from(body, 'latin1'))
const ready = (status = 'I'): Buffer => text('Z', status)
const done = (tag: string): Buffer => text('C', `${tag}\0`)
const error = (sqlstate: string, severity = 'ERROR'): Buffer =>
  text('E', `S${severity}\0V${severity}\0C${sqlstate}\0Mx\0\0`)
const startup = serialize.startup({ user: 'u', database: 'd' })

/** A session whose handshake is over. */
function openReady(): WireSession {
  const session = postgresWire.open()
  session.request(startup)
  session.reply(Buffer.concat([text('R', '\0\0\0\0'), ready()]))
  return session
}

function ends(units: readonly Unit[]): OperationEnd[] {
  return units.flatMap((unit) => unit.ends ?? [])
}

function outcomes(request: readonly Buffer[], reply: readonly Buffer[]): string[] {
  const session = openReady()
  session.request(Buffer.concat(request))
  return ends(session.reply(Buffer.concat(reply))).map(({ outcome, detail }) => `${outcome} ${detail}`)
}

const execute = (sql: string): Buffer[] => [serialize.parse({ text: sql }), serialize.bind({}), serialize.execute({})]
const executed = (tag: string): Buffer[] => [text('1', ''), text('2', ''), done(tag)]
const sync = serialize.sync()
const insert = 'insert into t values (1)'

test.each([
  ['COMMIT', [serialize.query('commit')], [done('COMMIT'), ready()], ['ok COMMIT']],
  ['COMMIT refused', [serialize.query('commit')], [done('ROLLBACK'), ready()], ['failed ROLLBACK']],
  ['implicit commit', [serialize.query(insert)], [done('INSERT 0 1'), ready()], ['ok INSERT 0 1']],
  ['implicit commit refused', [...execute(insert), sync],
    [...executed('INSERT 0 1'), error('23503'), ready()], ['failed 23503']],
  ['inside', [serialize.query('begin'), serialize.query(insert)],
    [done('BEGIN'), ready('T'), done('INSERT 0 1'), ready('T')], ['ok BEGIN', 'ok INSERT 0 1']],
  ['a later error in the group', [...execute(insert), ...execute(insert), sync],
    [...executed('INSERT 0 1'), error('23505'), ready()], ['failed rolled back by 23505', 'failed 23505']],
  ['reads before an error stay done', [...execute('select 1'), ...execute(insert), sync],
    [...executed('SELECT 1'), error('23505'), ready()], ['ok SELECT 1', 'failed 23505']],
  ['a commit between', [...execute(insert), ...execute('commit'), ...execute(insert), sync],
    [...executed('INSERT 0 1'), ...executed('COMMIT'), error('23505'), ready()],
    ['ok INSERT 0 1', 'ok COMMIT', 'failed 23505']],
  ['a failed procedure', [serialize.query('call p()')], [error('22012'), ready()], ['indeterminate 22012']],
  ['a fatal error on COMMIT', [serialize.query('commit')], [error('57P01', 'FATAL')], ['indeterminate 57P01']],
  ['a fatal error on BEGIN', [serialize.query('begin')], [error('57P01', 'FATAL')], ['failed 57P01']],
  ['a fatal error before the implicit commit', [...execute(insert), sync],
    [...executed('INSERT 0 1'), error('57P01', 'FATAL')], ['indeterminate 57P01']],
  ['a fatal error with more behind it', [...execute('begin'), ...execute(insert), ...execute('commit'), sync],
    [...executed('BEGIN'), error('57P01', 'FATAL')],
    ['ok BEGIN', 'failed 57P01', 'indeterminate no answer']],
  ['a refused password', [], [error('28P01', 'FATAL')], []],
] as const)('outcome of %s', (_, request, reply, expected) => {
  expect(outcomes(request, reply)).toEqual(expected)
})

test('an unfinished handshake fails with its error', () => {
  const session = postgresWire.open()
  session.request(startup)
  expect(ends(session.reply(error('28P01', 'FATAL')))).toEqual([{ op: 1, outcome: 'failed', detail: '28P01' }])
})

test('a refused encryption is one byte, then the startup goes on', () => {
  const session = postgresWire.open()
  expect(session.request(serialize.requestSsl())).toHaveLength(1)
  expect(session.reply(Buffer.from('N'))).toEqual([{ bytes: Buffer.from('N') }])
  expect(session.request(startup)[0]?.starts?.kind).toBe('startup')
  expect(ends(session.reply(Buffer.concat([text('R', '\0\0\0\0'), ready()])))).toHaveLength(1)
})

test('what is encrypted passes undecoded, and is said once in each direction', () => {
  const session = postgresWire.open()
  session.request(serialize.requestSsl())
  session.reply(Buffer.from('S'))
  const units = [Buffer.from([0x16, 3, 1]), Buffer.from([9])].flatMap((bytes) => session.request(bytes))
  expect(Buffer.concat(units.map((unit) => unit.bytes))).toEqual(Buffer.from([0x16, 3, 1, 9]))
  expect(units.flatMap((unit) => unit.facts ?? [])).toMatchObject([{ type: 'unknown', mayChangeState: true }])
  expect(session.reply(Buffer.from([0x16]))[0]?.facts).toMatchObject([{ type: 'unknown', mayChangeState: true }])
})

test.each([
  ['TLS from the first byte', Buffer.from([0x16, 3, 1, 2, 0])],
  ['an unknown startup packet', Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
])('%s passes as unknown', (_, bytes) => {
  const units = postgresWire.open().request(bytes)
  expect(Buffer.concat(units.map((unit) => unit.bytes))).toEqual(bytes)
  expect(units[0]?.facts).toMatchObject([{ type: 'unknown', mayChangeState: true }])
})

test('protocol 3.2 is spoken', () => {
  const packet = Buffer.from(startup)
  packet.writeInt32BE(196610, 4)
  expect(postgresWire.open().request(packet)[0]?.starts?.kind).toBe('startup')
})

test('messages of unknown kind and replies to nothing pass as unknown', () => {
  const session = openReady()
  const replies = [text('?', 'x'), done('INSERT 0 1'), ready(), text('W', '\0\0\0')]
  for (const units of [session.request(text('?', 'x')), ...replies.map((bytes) => session.reply(bytes))]) {
    expect(units).toHaveLength(1)
    expect(units[0]?.facts).toMatchObject([{ type: 'unknown', mayChangeState: true }])
  }
})

test('a length that can not be is a WireError', () => {
  expect(() => openReady().request(Buffer.from([0x51, 0, 0, 0, 3]))).toThrow(WireError)
  expect(() => openReady().reply(Buffer.from([0x5a, 0xff, 0, 0, 3]))).toThrow(WireError)
  expect(() => postgresWire.open().request(Buffer.from([0, 0, 0, 7]))).toThrow(WireError)
  expect(() => openReady().request(text('Q', 'no zero byte'))).toThrow(WireError)
})

test('what is unfinished when the client goes was not carried out', () => {
  const session = openReady()
  expect(session.request(Buffer.concat([...execute(insert).slice(0, 2), sync.subarray(0, 3)]))).toEqual([])
  const units = session.close()
  expect(units).toHaveLength(1)
  expect(units[0]?.facts).toEqual([{ type: 'unknown', detail: 'an unfinished request', mayChangeState: false }])
})

test('the Sync belongs to the last operation, and so does the reply that ends it', () => {
  const session = openReady()
  const units = session.request(Buffer.concat([...execute(insert), ...execute(insert), sync]))
  expect(units.map((unit) => unit.op)).toEqual([2, 3, 3])
  expect(units.map((unit) => unit.starts?.op)).toEqual([2, 3, undefined])
  const reply = session.reply(Buffer.concat([...executed('INSERT 0 1'), ...executed('INSERT 0 1'), ready()]))
  expect(reply.map((unit) => unit.op)).toEqual([2, 2, 2, 3, 3, 3, 3])
})

const names: Readonly<Record<string, string>> = {
  '1': 'parseComplete', '2': 'bindComplete', '3': 'closeComplete', n: 'noData', s: 'portalSuspended', c: 'copyDone',
  I: 'emptyQuery', D: 'dataRow', C: 'commandComplete', Z: 'readyForQuery', A: 'notification', S: 'parameterStatus',
  K: 'backendKeyData', E: 'error', N: 'notice', T: 'rowDescription', t: 'parameterDescription', G: 'copyInResponse',
  H: 'copyOutResponse', d: 'copyData',
}

test.each(fixtures)('%s: pg-protocol reads each reply unit as one message of the same kind', (file) => {
  const session = postgresWire.open()
  const parser = new Parser()
  for (const chunk of parseFixture(file)) {
    const units = feed(session, chunk)
    if (chunk[0] === 'request') continue
    for (const { bytes } of units) {
      const kind = String.fromCharCode(bytes[0] ?? 0)
      // Its parser knows no answers to encryption requests and function calls.
      if (bytes.length === 1 || kind === 'V') continue
      const read: string[] = []
      parser.parse(bytes, (message) => read.push(message.name))
      expect(read).toHaveLength(1)
      expect(read[0]).toMatch(kind === 'R' ? /^authentication/u : names[kind] ?? 'a kind of the table')
    }
  }
})

test('requests of pg-protocol: one operation for each Execute and Query, boundaries where it put them', () => {
  const step = fc.oneof(
    fc.string({ maxLength: 12 }).map((sql) => ({ bytes: [serialize.query(sql.replaceAll('\0', ''))], starts: 1 })),
    fc.tuple(fc.constantFrom('', 'a', 'b'), fc.array(fc.oneof(fc.string(), fc.constant(null)), { maxLength: 3 })).map(
      ([name, values]) => ({
        bytes: [
          serialize.parse({ name, text: 'select $1' }), serialize.bind({ statement: name, values }),
          serialize.describe({ type: 'P', name: '' }), serialize.execute({}), serialize.sync(),
        ],
        starts: 1,
      })),
    fc.constant({
      bytes: [serialize.parse({ text: 'x' }), serialize.describe({ type: 'S' }), serialize.flush()], starts: 1,
    }),
    fc.constant({ bytes: [serialize.sync()], starts: 0 }),
  )
  fc.assert(fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
    const session = openReady()
    const bytes = Buffer.concat(steps.flatMap((one) => one.bytes))
    const units = session.request(bytes)
    expect(Buffer.concat(units.map((unit) => unit.bytes))).toEqual(bytes)
    expect(units.filter((unit) => unit.starts).length).toBe(steps.reduce((sum, one) => sum + one.starts, 0))
    expect(units.flatMap((unit) => unit.facts ?? [])).toEqual([])
  }))
})

/** Feeds until a WireError; the joined units must be a beginning of what was fed. Any other error fails the test. */
function feedDamaged(chunks: readonly Chunk[]): void {
  const session = postgresWire.open()
  const passed = { request: Buffer.alloc(0), reply: Buffer.alloc(0) }
  const fed = { request: Buffer.alloc(0), reply: Buffer.alloc(0) }
  for (const chunk of chunks) {
    const [direction] = chunk
    fed[direction] = Buffer.concat([fed[direction], chunk[1]])
    try {
      for (const { bytes } of feed(session, chunk)) passed[direction] = Buffer.concat([passed[direction], bytes])
    } catch (caught) {
      expect(caught).toBeInstanceOf(WireError)
      return
    }
    expect(fed[direction].subarray(0, passed[direction].length).equals(passed[direction])).toBe(true)
  }
  session.close()
}

test('truncated traffic: units or a WireError, nothing else', () => {
  fc.assert(fc.property(fc.constantFrom(...fixtures), fc.nat(), fc.nat(), (file, which, at) => {
    const chunks = parseFixture(file)
    const index = which % chunks.length
    feedDamaged(chunks.map((chunk, i): Chunk =>
      i === index ? [chunk[0], chunk[1].subarray(0, at % chunk[1].length)] : chunk))
  }), { numRuns: 500 })
})

test('corrupted traffic: units or a WireError, nothing else', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(fc.property(fc.constantFrom(...fixtures), damage, (file, places) => {
    const chunks = parseFixture(file).map(([direction, bytes]): Chunk => [direction, Buffer.from(bytes)])
    for (const [which, at, byte] of places) {
      const bytes = chunks[which % chunks.length]?.[1]
      if (bytes !== undefined && bytes.length > 0) bytes[at % bytes.length] = byte
    }
    feedDamaged(chunks)
  }), { numRuns: 1_500 })
})

test('noise: units or a WireError, nothing else', () => {
  const chunk = fc.tuple(fc.constantFrom('request', 'reply'), fc.uint8Array({ maxLength: 40 }))
  fc.assert(fc.property(fc.array(chunk, { maxLength: 10 }), (noise) => {
    feedDamaged([['request', startup], ...noise.map(([direction, bytes]): Chunk => [direction, Buffer.from(bytes)])])
  }), { numRuns: 1_000 })
})
