/**
 * The whole stack from the parts of this machine's cache: each server answers a real request, and nothing of it is
 * left after a dispose, after a failed start and after a SIGKILL of the harness. Needs what `onceproof setup` brings.
 */
import { connect } from 'amqplib'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { poll } from '../lib/clock.ts'
import { openLedger } from '../lib/ledger.ts'
import { carriesMark, readDescendants, readPids, readProcess } from '../lib/process-table.ts'
import type { RunningServer, Stack } from '../model/edges.ts'
import type { PartState } from '../model/part.ts'
import { kafkaPart } from '../parts/kafka.ts'
import { postgresPart } from '../parts/postgres.ts'
import { rabbitmqPart } from '../parts/rabbitmq.ts'
import { inspectParts } from '../parts/registry.ts'
import { startKafka } from './kafka.ts'
import { nativeEnvironment } from './native.ts'
import { startPostgres } from './postgres.ts'
import { startRabbitmq } from './rabbitmq.ts'

const LIMIT_MS = 60_000
const KINDS = ['rabbitmq', 'postgres']
/** Those too whose answers have tests of their own. */
const ALL = [...KINDS, 'kafka']
const servers = [rabbitmqPart, postgresPart, kafkaPart]
const starters = { rabbitmq: startRabbitmq, postgres: startPostgres, kafka: startKafka }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function serverOf(stack: Stack, kind: string): RunningServer {
  const server = stack.servers[kind]
  if (server === undefined) expect.unreachable(`there is no ${kind}`)
  return server
}

function living(pids: readonly number[]): number[] {
  return pids.filter((pid) => readProcess(pid)?.zombie === false)
}

/** Every process of a run, by its mark or below one of its servers. */
function processesOf(run: string): number[] {
  const marked = readPids().filter((pid) => carriesMark(pid, `ONCEPROOF_RUN=${run}`))
  return [...new Set(marked.flatMap((pid) => [pid, ...readDescendants(pid)]))]
}

/** Segments that no process uses any more; a killed Postgres leaves one. */
function abandonedSegments(): string[] {
  return readFileSync('/proc/sysvipc/shm', 'utf8').split('\n').slice(1)
    .map((line) => line.trim().split(/\s+/)).filter((fields) => fields[6] === '0').map((fields) => fields[1] ?? '')
}

async function sendAndGet(server: RunningServer): Promise<string> {
  const connection = await connect({
    hostname: server.address.host, port: server.address.port, username: server.user, password: server.password,
  }, { noDelay: true })
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('q')
  channel.sendToQueue('q', Buffer.from('hello'))
  await channel.waitForConfirms()
  const message = await channel.get('q', { noAck: true })
  await connection.close()
  return message === false ? 'nothing' : message.content.toString()
}

async function ask(server: RunningServer, sql: string): Promise<unknown> {
  const client = new pg.Client({
    ...server.address, user: server.user, password: server.password, database: 'postgres',
  })
  await client.connect()
  const { rows } = await client.query({ text: sql, rowMode: 'array' })
  await client.end()
  return rows.flat()
}

/** Two servers of one stack, or of a stack that was given by URL, answer alike. */
async function answers(stack: Stack): Promise<readonly unknown[]> {
  const { host, port } = stack.proxies
  const made = await fetch(`http://${host}:${port}/proxies`, {
    method: 'POST', body: JSON.stringify({ name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' }),
  })
  const deleted = await fetch(`http://${host}:${port}/proxies/p`, { method: 'DELETE' })
  return [
    await sendAndGet(serverOf(stack, 'rabbitmq')),
    await ask(serverOf(stack, 'postgres'), "select current_setting('wal_level'), current_setting('fsync')"),
    made.status, deleted.status,
  ]
}

const GOOD = ['hello', ['logical', 'on'], 201, 204]

test('every server answers a real request, and nothing of the stack is left', async () => {
  await using ledger = await openLedger(folder)
  const progress: string[] = []
  const parts = await inspectParts(servers)
  const environment = nativeEnvironment(ledger, { parts, starters, onProgress: (text) => progress.push(text) })
  const stack = await environment.start(KINDS)
  const pids = processesOf(ledger.run)
  expect(pids).toContain(serverOf(stack, 'rabbitmq').pid)
  expect(pids).toContain(serverOf(stack, 'postgres').pid)
  expect(progress).toHaveLength(3)
  expect(Object.keys(stack.versions).toSorted()).toEqual(['postgres', 'rabbitmq', 'toxiproxy'])
  expect(await answers(stack)).toEqual(GOOD)
  await Promise.all([stack[Symbol.asyncDispose](), stack[Symbol.asyncDispose]()])
  await stack[Symbol.asyncDispose]()
  expect(living([...pids, ...processesOf(ledger.run)])).toEqual([])
  expect(existsSync(stack.folder)).toBe(false)
}, LIMIT_MS)

test('everything listens on loopback only', async () => {
  await using ledger = await openLedger(folder)
  await using stack = await nativeEnvironment(ledger, { parts: await inspectParts(servers), starters }).start(ALL)
  const inodes = new Set(processesOf(ledger.run).flatMap(socketsOf))
  const foreign = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state, , , , , , inode = '']) => state === '0A' && inodes.has(inode)
      && !/^(0100007F|0{24}01000000):/.test(local))
  expect(inodes.size).toBeGreaterThan(50)
  expect(foreign).toEqual([])
  expect(stack.folder).not.toBe('')
}, LIMIT_MS)

test('servers given by URL are used, and not ended', async () => {
  await using ledger = await openLedger(folder)
  await using own = await nativeEnvironment(ledger, { parts: await inspectParts(servers), starters }).start(KINDS)
  await using given = await nativeEnvironment(ledger, { parts: givenParts(own), starters }).start(KINDS)
  expect(given.versions).toEqual(own.versions)
  expect(serverOf(given, 'rabbitmq').pid).toBeUndefined()
  expect(await answers(given)).toEqual(GOOD)
  await given[Symbol.asyncDispose]()
  expect(await answers(own)).toEqual(GOOD)
}, LIMIT_MS)

test('a start that fails takes back what had started', async () => {
  await using ledger = await openLedger(folder)
  const parts = (await inspectParts(servers))
    .map((part) => (part.name === 'postgres' ? { ...part, path: '/usr/bin' } : part))
  const environment = nativeEnvironment(ledger, { parts, starters })
  await expect(environment.start(KINDS)).rejects.toThrow("initdb can't be started: /usr/bin/initdb")
  expect(living(processesOf(ledger.run))).toEqual([])
  await expect(environment.start(['mainframe'])).rejects.toThrow("can't start mainframe")
}, LIMIT_MS)

test('after a SIGKILL of the harness no process, folder or memory segment of the stack is left', async () => {
  const before = abandonedSegments()
  const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  const harness = spawn(process.execPath, ['--input-type=module', '-e', `
    const { openLedger } = await import(${module('../lib/ledger.ts')})
    const { edgesOf, partsOf, shippedKinds } = await import(${module('../kinds.ts')})
    const { inspectParts } = await import(${module('../parts/registry.ts')})
    const { nativeEnvironment } = await import(${module('./native.ts')})
    const ledger = await openLedger(${JSON.stringify(folder)})
    const kinds = ${JSON.stringify(ALL)}
    const edges = await edgesOf(shippedKinds, new Set(kinds))
    const starters = Object.fromEntries(kinds.map((kind) => [kind, edges[kind].start]))
    const parts = await inspectParts(partsOf(shippedKinds))
    const stack = await nativeEnvironment(ledger, { parts, starters }).start(kinds)
    process.stdout.write(JSON.stringify({ run: ledger.run, folder: stack.folder }) + '\\n')
  `], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { run, folder: stackFolder } = await new Promise<{ run: string; folder: string }>((resolve) => {
    harness.stdout.setEncoding('utf8').once('data', (line: string) => resolve(parseLine(line)))
  })
  const pids = processesOf(run)
  expect(pids.length).toBeGreaterThan(8)
  harness.kill('SIGKILL')
  const left = (): readonly number[] => living([...pids, ...processesOf(run)])
  await poll(() => (left().length === 0 && !existsSync(stackFolder) ? true : undefined), {
    what: 'end of everything', limitMs: 5_000, everyMs: 20, last: () => `${left().join()} still live`,
  })
  expect(abandonedSegments().filter((segment) => !before.includes(segment))).toEqual([])
}, LIMIT_MS)

function parseLine(line: string): { run: string; folder: string } {
  return JSON.parse(line) as { run: string; folder: string }
}

function socketsOf(pid: number): string[] {
  const folder = join('/proc', String(pid), 'fd')
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((fd) => linkOf(join(folder, fd)))
    .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
}

/** A descriptor may be closed between listing and reading. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function givenParts(own: Stack): PartState[] {
  const url = (kind: string, scheme: string): string => {
    const { address, user, password } = serverOf(own, kind)
    return `${scheme}://${user}:${password}@${address.host}:${address.port}`
  }
  const given = { version: '', source: 'given', state: 'given by URL' } as const
  const management = serverOf(own, 'rabbitmq').management
  return [
    {
      ...given, name: 'rabbitmq', url: url('rabbitmq', 'amqp'),
      managementUrl: `http://${management?.host}:${management?.port}`,
    },
    { ...given, name: 'postgres', url: url('postgres', 'postgres') },
    { ...given, name: 'toxiproxy', url: `http://${own.proxies.host}:${own.proxies.port}` },
  ]
}
