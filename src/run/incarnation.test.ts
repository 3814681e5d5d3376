/**
 * A prefork subject of real processes behind real taps: which of them dies, and what the incarnation makes of it.
 *
 * The server only listens, and links lead straight to it: no stack is needed to see processes and sockets.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import { openLedger, type Ledger } from '../lib/ledger.ts'
import { readProcess } from '../lib/process-table.ts'
import type { CellShare } from '../model/edges.ts'
import type { EventBody } from '../model/event.ts'
import type { TapConnection } from '../tap/connection.ts'
import { tcpWire } from '../wire/tcp/wire.ts'
import { Incarnation } from './incarnation.ts'

/** Connects itself where it is told so, and has as many children as it is told, each with a connection of its own. */
const pool = `
  const { fork } = require('node:child_process')
  const net = require('node:net')
  const connect = () => net.connect(Number(process.env.PORT), '127.0.0.1').on('error', () => process.exit())
  if (process.env.ROLE === 'child') connect()
  else {
    if (process.env.ITSELF !== undefined) connect()
    const options = { execArgv: ['-e', process.execArgv[1]], env: { ...process.env, ROLE: 'child' } }
    for (let i = 0; i < Number(process.env.CHILDREN); i += 1) fork('-', options)
    setInterval(() => {}, 1000)
  }`

let folder = ''
let server: Server
let ledger: Ledger
const sockets: Socket[] = []
const recorded: EventBody[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
  ledger = await openLedger(folder)
  server = createServer((socket) => sockets.push(socket.on('error', () => socket.destroy())))
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  recorded.splice(0)
  server.close()
  await ledger[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const host = {
  record: (body: EventBody): void => {
    recorded.push(body)
  },
  main: () => undefined,
  messageOf: () => undefined, messageWithTokenIn: () => undefined, background: new Set<string>(), rawFrames: false,
  lanes: new Set<string>(), laneOf: () => undefined,
  undecodable: () => undefined, session: () => undefined, errorsOf: () => [],
}

const nothing = (): Promise<void> => Promise.resolve()

async function start(
  command: readonly string[], env: Readonly<Record<string, string>>, lanes: readonly string[] = [],
  proxy = { disable: nothing, enable: nothing },
): Promise<Incarnation> {
  const bound = server.address()
  assert(bound !== null && typeof bound !== 'string', 'a server on the loopback has a port')
  const upstream = { host: '127.0.0.1', port: bound.port }
  const share: CellShare = {
    name: 'raw', upstream, wire: tcpWire, template: ({ port }) => ({ port: String(port) }),
    connectionsSeen: () => Promise.resolve(undefined), connectionsOwn: () => 0, [Symbol.asyncDispose]: nothing,
  }
  const plan = {
    id: 'c1.i1', gated: false, version: 'current' as const, disk: 'd1', links: [{ name: 'raw', share, lease: false }],
    proxies: upstream, ledger,
    openProxy: () => Promise.resolve({ address: upstream, ...proxy, [Symbol.asyncDispose]: nothing }),
    host: { ...host, lanes: new Set(lanes) },
    command, cwd: folder,
    environment: (templates: Readonly<Record<string, string>>) => Promise.resolve({
      PATH: process.env['PATH'] ?? '', PORT: templates['raw.port'] ?? '', ...env,
    }),
  }
  return Incarnation.start(plan)
}

async function connected(incarnation: Incarnation, count: number): Promise<void> {
  await poll(() => (incarnation.connections().length === count ? true : undefined), {
    what: `${count} connections`, limitMs: 10_000, everyMs: 2,
  })
}

test('only the child that holds the connection dies, and the incarnation lives on', async () => {
  await using incarnation = await start([process.execPath, '-e', pool], { CHILDREN: '2' })
  await connected(incarnation, 2)
  expect(incarnation.hasChildren()).toBe(true)
  const [first, second] = incarnation.connections()
  const said = await incarnation.killChild(first?.id)
  expect(said).toMatch(/^SIGKILL to child \d+$/)
  expect(readProcess(Number(said.split(' ').at(-1)))?.zombie ?? true).toBe(true)
  expect([first?.isOpen, second?.isOpen, incarnation.hasExited]).toEqual([false, true, false])
  expect(recorded.map(({ type }) => type)).not.toContain('incarnation-exited')
  expect(await incarnation.killChild(first?.id)).toBe('nobody holds the connection any more')
  expect(await incarnation.killChild(second?.id)).not.toBe(said)
  expect(await incarnation.killChild(undefined)).toBe('nobody holds the connection any more')
})

test("the main process's own connection costs nobody's life", async () => {
  await using incarnation = await start([process.execPath, '-e', pool], { CHILDREN: '0', ITSELF: 'yes' })
  await connected(incarnation, 1)
  expect(incarnation.hasChildren()).toBe(false)
  const [own] = incarnation.connections()
  expect(await incarnation.killChild(own?.id)).toBe('the main process itself holds the connection')
  expect([own?.isOpen, incarnation.hasExited]).toEqual([true, false])
})

test('a link that is cut is mended before the subject is told', async () => {
  const own: TapConnection[] = []
  let told: boolean | undefined
  await using incarnation = await start([process.execPath, '-e', pool], { CHILDREN: '1' }, [], {
    disable: () => {
      for (const socket of sockets) socket.destroy()
      return nothing()
    },
    enable: () => {
      told = own.some(({ isOpen }) => !isOpen)
      return nothing()
    },
  })
  await connected(incarnation, 1)
  await poll(() => (sockets.length === 1 ? true : undefined), {
    what: 'the connection upstream', limitMs: 10_000, everyMs: 2,
  })
  own.push(...incarnation.connections())
  expect(await incarnation.cut('raw')).toBe('both sides closed: 1 connections')
  expect([told, own.map(({ isOpen }) => isOpen)]).toEqual([false, [false]])
})

test('a shell that ends with its child ends by itself', async () => {
  await using incarnation = await start(['sh', '-c', '"$0" -e "$1"; exit 3', process.execPath, pool], {
    CHILDREN: '0', ITSELF: 'yes',
  })
  await connected(incarnation, 1)
  expect(await incarnation.killChild(incarnation.connections()[0]?.id)).toMatch(/^SIGKILL to child/)
  await incarnation.exited
  expect(recorded.at(-1)).toMatchObject({ type: 'incarnation-exited', code: 3 })
  expect(incarnation.because).toBeUndefined()
})

test('a paused one is ended like any other', async () => {
  const incarnation = await start([process.execPath, '-e', pool], { CHILDREN: '1', ITSELF: 'yes' })
  await connected(incarnation, 2)
  await incarnation.pause()
  expect(readProcess(incarnation.pid)?.stopped).toBe(true)
  incarnation.resume()
  await incarnation.pause()
  expect(await incarnation.stop('fault', 5_000, () => undefined)).toBe('it left by itself')
  await incarnation[Symbol.asyncDispose]()
  const another = await start([process.execPath, '-e', pool], { CHILDREN: '1' })
  await connected(another, 1)
  await another.pause()
  await another.kill('fault')
  await another[Symbol.asyncDispose]()
  expect(another.hasChildren()).toBe(false)
})

test('one of several lanes is not enough to be ready, and without lanes anything is', async () => {
  await using several = await start([process.execPath, '-e', pool], { CHILDREN: '0' }, ['orders', 'returns'])
  several.observer.onConsuming('returns')
  several.observer.onConsuming('returns')
  expect([several.isReady, several.notYetOn]).toEqual([false, ['orders']])
  several.observer.onConsuming('orders')
  await several.ready
  expect([several.isReady, several.notYetOn]).toEqual([true, []])
  await using one = await start([process.execPath, '-e', pool], { CHILDREN: '0' })
  one.observer.onConsuming('raw')
  expect([one.isReady, one.notYetOn]).toEqual([true, []])
})
