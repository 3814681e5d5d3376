/**
 * A tap between two real sockets on the loopback, with a protocol of one line per unit: what is withheld, what
 * overtakes, what is dropped, and what each side sees of a break. Rule 4: a tap always reads.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import { WireError } from '../lib/errors.ts'
import type { Address } from '../model/edges.ts'
import type { Unit, WireProtocol } from '../model/wire.ts'
import type { TapConnection, Watcher } from './connection.ts'
import { Tap } from './tap.ts'

const LIMIT_MS = 10_000

/** A line is a unit; `~` may overtake, `?` is unknown, `!` claims to be known and is not. */
const lines: WireProtocol = {
  name: 'lines',
  open: () => {
    const request = lineReader()
    const reply = lineReader()
    return { request, reply, close: () => [] }
  },
}

function lineReader(): (bytes: Buffer) => Unit[] {
  let rest: Buffer[] = []
  return (bytes) => {
    const units: Unit[] = []
    let from = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      units.push(lineUnit(Buffer.concat([...rest, bytes.subarray(from, end + 1)])))
      rest = []
      from = end + 1
    }
    if (from < bytes.length) rest.push(bytes.subarray(from))
    return units
  }
}

function lineUnit(bytes: Buffer): Unit {
  const first = bytes.subarray(0, 1).toString()
  if (first === '!') throw new WireError('lines', 'a line that is none', bytes)
  if (first === '?') return { bytes, facts: [{ type: 'unknown', detail: 'a question', mayChangeState: true }] }
  return first === '~' ? { bytes, overtakes: true } : { bytes }
}

/** Withholds lines that begin with `held`; writes down what it is told. */
class Held implements Watcher {
  readonly told: string[] = []
  readonly connections: TapConnection[] = []
  held = 'hold'

  opened(connection: TapConnection): void {
    this.connections.push(connection)
  }

  closed(_: TapConnection, by: string): void {
    this.told.push(`closed by ${by}`)
  }

  request(_: TapConnection, unit: Unit): 'pass' | 'hold' {
    for (const fact of unit.facts ?? []) this.told.push(fact.type)
    return this.#decide(unit)
  }

  reply(_: TapConnection, unit: Unit): 'pass' | 'hold' {
    return this.#decide(unit)
  }

  forwarded(_: TapConnection, unit: Unit): void {
    this.told.push(`forwarded ${unit.bytes.toString().trim()}`)
  }

  answered(_: TapConnection, unit: Unit): void {
    this.told.push(`answered ${unit.bytes.toString().trim()}`)
  }

  undecodable(_: TapConnection, error: unknown): void {
    this.told.push(String(error))
  }

  #decide(unit: Unit): 'pass' | 'hold' {
    return unit.bytes.subarray(0, this.held.length).toString() === this.held ? 'hold' : 'pass'
  }

  get one(): TapConnection {
    const [connection] = this.connections
    assert(connection !== undefined, 'a connection was opened')
    return connection
  }
}

/** One end of a connection: what it has received, and how it ended. */
class End {
  readonly socket: Socket
  readonly #received: Buffer[] = []
  ended = ''

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#received.push(bytes))
    socket.on('end', () => {
      this.ended ||= 'FIN'
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.ended ||= error.code ?? 'error'
    })
    socket.on('close', () => {
      this.ended ||= 'closed'
    })
  }

  get text(): string {
    return Buffer.concat(this.#received).toString()
  }

  get size(): number {
    return this.#received.reduce((sum, bytes) => sum + bytes.length, 0)
  }
}

let server: Server
let upstream: Address
const accepted: End[] = []
const open: Socket[] = []
let tap: Tap
let watcher: Held

beforeEach(async () => {
  accepted.length = 0
  open.length = 0
  server = createServer({ allowHalfOpen: true }, (socket) => {
    open.push(socket)
    accepted.push(new End(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const bound = server.address()
  assert(bound !== null && typeof bound !== 'string', 'a server on the loopback has a port')
  upstream = { host: '127.0.0.1', port: bound.port }
  watcher = new Held()
  tap = await openTap(false)
})

afterEach(async () => {
  for (const socket of open) socket.destroy()
  await tap[Symbol.asyncDispose]()
  await once(server.close(), 'close')
})

function openTap(gated: boolean): Promise<Tap> {
  return Tap.open({ link: 'db', wire: lines, upstream, watcher, prefix: 'i1.db.', gated })
}

async function until(probe: () => boolean, what: string): Promise<void> {
  await poll(() => (probe() ? true : undefined), { what, limitMs: LIMIT_MS, everyMs: 1 })
}

async function client(): Promise<End> {
  const socket = connect(tap.address.port, tap.address.host)
  open.push(socket)
  await once(socket, 'connect')
  return new End(socket)
}

/** A client, and the server's end of its connection. */
async function pair(): Promise<readonly [End, End]> {
  const count = accepted.length
  const here = await client()
  await until(() => accepted.length > count, 'connection upstream')
  const there = accepted[count]
  assert(there !== undefined, 'it was accepted')
  return [here, there]
}

test('bytes pass exactly as they came, however they are cut', async () => {
  const [here, there] = await pair()
  let sent = ''
  let returned = ''
  const texts = fc.array(fc.stringMatching(/^[a-g\n]{1,9}$/), { maxLength: 8 })
  await fc.assert(fc.asyncProperty(texts, async (pieces) => {
    for (const piece of pieces) {
      here.socket.write(piece)
      there.socket.write(piece.toUpperCase())
    }
    here.socket.write('\n')
    there.socket.write('\n')
    sent += `${pieces.join('')}\n`
    returned += `${pieces.join('').toUpperCase()}\n`
    await until(() => there.size >= sent.length && here.size >= returned.length, 'all bytes')
    expect(there.text).toBe(sent)
    expect(here.text).toBe(returned)
  }), { numRuns: 30 })
})

describe('passing and withholding', () => {
  test('a withheld request holds back all behind it, and replies go on', async () => {
    const [here, there] = await pair()
    here.socket.write('a\nhold b\nc\n')
    await until(() => watcher.one.heldRequests.length === 2, 'two units withheld')
    there.socket.write('x\n')
    await until(() => here.text === 'x\n', 'the reply')
    expect(there.text).toBe('a\n')
    watcher.one.release()
    await until(() => there.text === 'a\nhold b\nc\n', 'what was withheld, in order')
    expect(watcher.told).toEqual(['forwarded a', 'answered x', 'forwarded hold b', 'forwarded c'])
  })

  test('heartbeats overtake what is withheld, in both directions', async () => {
    const [here, there] = await pair()
    here.socket.write('hold a\n~1\nb\n~2\n')
    there.socket.write('hold x\ny\n~3\n')
    await until(() => there.text === '~1\n~2\n' && here.text === '~3\n', 'heartbeats alone')
    watcher.one.release()
    await until(() => there.text === '~1\n~2\nhold a\nb\n' && here.text === '~3\nhold x\ny\n', 'the rest')
  })

  test('50 MB behind a withheld request are read and kept, and come out whole', async () => {
    const [here, there] = await pair()
    here.socket.write('hold\n')
    const line = Buffer.alloc(1024 * 1024, 'x')
    line[line.length - 1] = 10
    for (let i = 0; i < 50; i += 1) here.socket.write(line)
    await until(() => here.socket.writableLength === 0, 'everything taken from the client')
    await until(() => watcher.one.heldRequests.length === 51, 'everything decoded')
    expect(there.size).toBe(0)
    watcher.one.release()
    await until(() => there.size === 5 + 50 * line.length, 'everything at the server')
  })

  test('an unknown unit passes untouched and is told', async () => {
    const [here, there] = await pair()
    here.socket.write('?\u0000\u0001\n')
    await until(() => there.text === '?\u0000\u0001\n', 'the unknown unit')
    expect(watcher.told).toEqual(['unknown', 'forwarded ?\u0000\u0001'])
  })

  test('a unit that claims to be known and does not decode is told, and ends the connection', async () => {
    const [here, there] = await pair()
    here.socket.write('a\n!b\n')
    await until(() => here.ended !== '' && there.ended !== '', 'end of both sides')
    expect(watcher.told.filter((line) => !line.startsWith('closed')))
      .toEqual(['Error: lines: a line that is none (bytes 21620a)'])
    expect(there.text).toBe('')
  })
})

describe('breaks', () => {
  test('a reset is a reset for the subject, and drops what was withheld', async () => {
    const [here, there] = await pair()
    here.socket.write('hold a\n')
    there.socket.write('hold x\n')
    await until(() => watcher.one.heldRequests.length + watcher.one.heldReplies.length === 2, 'both withheld')
    watcher.one.reset()
    await until(() => here.ended !== '' && there.ended !== '', 'end of both sides')
    expect(here.ended).toBe('ECONNRESET')
    expect(here.text + there.text).toBe('')
    expect(watcher.told).toEqual(['closed by fault'])
  })

  test('of an expected cut the subject hears nothing before the reset', async () => {
    const [here, there] = await pair()
    watcher.one.expectCut()
    there.socket.destroy()
    await until(() => watcher.one.isUpstreamGone, 'close of the server side')
    expect(here.ended).toBe('')
    expect(watcher.one.isOpen).toBe(true)
    watcher.one.reset()
    await until(() => here.ended !== '', 'the reset')
    expect(here.ended).toBe('ECONNRESET')
  })

  test('a withheld reply outlives its server, and is followed by the end', async () => {
    const [here, there] = await pair()
    there.socket.end('hold x\n')
    await until(() => watcher.one.isUpstreamGone || watcher.one.heldReplies.length === 1, 'the reply')
    here.socket.write('late\n')
    watcher.one.release()
    await until(() => here.text === 'hold x\n', 'the reply')
    there.socket.destroy()
    await until(() => here.ended === 'FIN', 'the end')
  })

  test('a subject that goes takes its withheld request along', async () => {
    const [here, there] = await pair()
    here.socket.write('hold a\n')
    await until(() => watcher.one.heldRequests.length === 1, 'the request')
    here.socket.destroy()
    await until(() => there.ended !== '', 'the end at the server')
    expect(there.text).toBe('')
    expect(watcher.told).toEqual(['closed by subject'])
  })

  test('a kept upstream lets the request of a dead subject land late', async () => {
    const [here, there] = await pair()
    here.socket.write('hold a\n')
    await until(() => watcher.one.heldRequests.length === 1, 'the request')
    watcher.one.keepUpstream()
    here.socket.resetAndDestroy()
    await until(() => watcher.one.isClientGone, 'the end of the subject')
    expect(there.ended).toBe('')
    watcher.one.forwardHeld()
    await until(() => there.text === 'hold a\n', 'the request')
    there.socket.write('x\n')
    watcher.one.dropUpstream()
    await until(() => there.ended === 'FIN', 'the end at the server')
    expect(watcher.told).toEqual(['closed by subject', 'forwarded hold a'])
  })
})

describe('conversations of our own', () => {
  test('the subject hears nothing of them', async () => {
    const [here, there] = await pair()
    here.socket.write('hold a\n')
    await until(() => watcher.one.heldRequests.length === 1, 'the request')
    const outcome = watcher.one.interject({
      bytes: Buffer.from('ask\n'), done: (reply) => (reply.toString() === 'told\n' ? 'ok' : undefined),
    })
    await until(() => there.text === 'ask\n', 'the question')
    there.socket.write('to')
    there.socket.write('ld\n')
    expect(await outcome).toBe('ok')
    expect(watcher.one.takeHeldRequests().map((unit) => unit.bytes.toString())).toEqual(['hold a\n'])
    watcher.one.answerAs(Buffer.from('fine\n'))
    await until(() => here.text === 'fine\n', 'our answer')
    expect(there.text).toBe('ask\n')
  })

  test('a server that goes in the middle leaves the outcome open', async () => {
    const [, there] = await pair()
    const outcome = watcher.one.interject({ bytes: Buffer.from('ask\n'), done: () => undefined })
    await until(() => there.text === 'ask\n', 'the question')
    there.socket.destroy()
    expect(await outcome).toBe('indeterminate')
    expect(await watcher.one.interject({ bytes: Buffer.alloc(1), done: () => 'ok' })).toBe('indeterminate')
  })
})

test('what is said to a server that can not be reached was never asked', async () => {
  await tap[Symbol.asyncDispose]()
  const nobody = createServer()
  await once(nobody.listen(0, '127.0.0.1'), 'listening')
  const bound = nobody.address()
  assert(bound !== null && typeof bound !== 'string', 'a server on the loopback has a port')
  await once(nobody.close(), 'close')
  upstream = { host: '127.0.0.1', port: bound.port }
  tap = await openTap(false)
  const here = await client()
  here.socket.write('a\n')
  await until(() => here.ended !== '', 'the end at the subject')
  expect(watcher.told).toEqual(['closed by server'])
})

test('what is said by somebody who goes at once is still asked', async () => {
  const here = await client()
  here.socket.end('a\n')
  await until(() => accepted[0]?.ended !== undefined && accepted[0].ended !== '', 'the end at the server')
  expect(accepted[0]?.text).toBe('a\n')
  expect(watcher.told).toEqual(['forwarded a', 'closed by subject'])
})

test('what a server owes a subject that is gone is heard out, and then its side ends', async () => {
  await tap[Symbol.asyncDispose]()
  const starts = { op: 1, kind: 'poll', text: '', reads: false, oneWay: false, values: [] }
  const polls: WireProtocol = {
    name: 'polls', hearsOut: ({ kind }) => kind === 'poll',
    open: () => ({
      request: (bytes) => [{ bytes, op: 1, starts }],
      reply: (bytes) => [{ bytes, op: 1, ends: [{ op: 1, outcome: 'ok', detail: '' }] }], close: () => [],
    }),
  }
  tap = await Tap.open({ link: 'orders', wire: polls, upstream, watcher, prefix: 'i1.orders.', gated: false })
  const [here, there] = await pair()
  here.socket.write('poll')
  await until(() => there.text === 'poll', 'the poll')
  here.socket.destroy()
  await until(() => watcher.told.includes('closed by subject'), 'the end of the subject')
  expect([watcher.one.isParked, there.ended]).toEqual([true, ''])
  there.socket.write('messages')
  await until(() => there.ended === 'FIN', 'the end at the server')
  expect(watcher.one.isParked).toBe(false)
})

test('a shut gate accepts and reads, and lets nothing further', async () => {
  await tap[Symbol.asyncDispose]()
  tap = await openTap(true)
  const here = await client()
  here.socket.write('a\n')
  await until(() => tap.waiting === 1 && here.socket.writableLength === 0, 'a waiting connection')
  expect(accepted).toEqual([])
  tap.openGate()
  await until(() => accepted[0]?.text === 'a\n', 'the early bytes')
  const [, second] = await pair()
  second.socket.write('x\n')
  await until(() => tap.connections.length === 2, 'a second connection, without a gate')
  expect(tap.connections.map((connection) => connection.id)).toEqual(['i1.db.1', 'i1.db.2'])
})
