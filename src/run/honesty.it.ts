/**
 * Makes the harness lie, one part at a time, and sees that the verdict is never green: inconclusive, or the run ends
 * with exit 3 and one sentence. Real servers throughout; what lies is handed in or is the subject itself.
 *
 * The first test is the same suite without any lie, so that none of the others is red for a reason of its own.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judge } from '../check/judge.ts'
import { assert } from '../lib/assert.ts'
import { SeededRandom } from '../lib/random.ts'
import type { RunningServer } from '../model/edges.ts'
import type { RunResult } from '../model/run.ts'
import { exitCodes } from '../model/verdict.ts'
import { readJournal } from '../store/journal.ts'
import { writeRunResult } from '../store/run-result.ts'
import { exitCodeOf } from './certify.ts'
import { honestMeans } from './means.ts'
import { recheck } from './recheck.ts'
import {
  blockingCodes, openTrialStack, rightSuite, subjectOf, type Trial, type Tried, type TrialStack,
} from './testing.ts'

let stack: TrialStack
let honest: Tried

beforeAll(async () => {
  stack = await openTrialStack()
  honest = await stack.certify({ suite: rightSuite(), faults: ['kill', 'cut'] })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

function serverOf(kind: string): RunningServer {
  const server = stack.harness.stack.servers[kind]
  assert(server !== undefined, `there is no ${kind}`)
  return server
}

/** Doubts of a run that must not be green and must not be violated either. */
async function doubtsOf(trial: Trial): Promise<string[]> {
  const { result } = await stack.certify(trial)
  expect(result.failure).toBeUndefined()
  expect(result.verdict).toBe('inconclusive')
  expect(exitCodeOf([result])).toBe(exitCodes.inconclusive)
  return blockingCodes(result)
}

/** Why a run could not go on. */
async function failureOf(trial: Trial): Promise<string> {
  const { result } = await stack.certify(trial)
  expect(result.verdict).toBe('inconclusive')
  expect(exitCodeOf([result])).toBe(exitCodes.unable)
  return result.failure ?? ''
}

test('without a lie the suite is certified', () => {
  expect(blockingCodes(honest.result)).toEqual([])
  expect(honest.result.verdict).toBe('certified')
})

test.concurrent('Toxiproxy is gone around', async () => {
  const means = {
    ...honestMeans,
    openProxy: (async (control, name, upstream) => {
      const proxy = await honestMeans.openProxy(control, name, upstream)
      return { ...proxy, address: upstream }
    }) satisfies typeof honestMeans.openProxy,
  }
  const codes = await doubtsOf({ suite: rightSuite(), means })
  expect(codes).toContain('proxy-bypassed')
})

test.concurrent.each([
  ['kill', 'kill', 'SIGKILL'],
  ['cut', 'cut', 'both sides closed: 1 connections'],
  ['answer', 'error', 'answered with 57P01, and the work was not done'],
] as const)('the verb %s does nothing and says that it did', async (verb, fault, words) => {
  const means = {
    ...honestMeans,
    verbs: {
      ...honestMeans.verbs,
      [verb]: async (stage: Parameters<typeof honestMeans.verbs.kill>[0]) => {
        await honestMeans.verbs.release(stage, { verb: 'release' })
        return { detail: words }
      },
    },
  }
  expect(await doubtsOf({ suite: rightSuite(), means, faults: [fault] })).toContain('not-exercised')
})

test.concurrent.each([
  ['warp', 'race', 'taken back: 1 claims'],
  ['release', 'race', 'what was withheld went on'],
  ['pause', 'zombie', 'SIGSTOP'],
] as const)('with two live ones, the verb %s does nothing and says that it did', async (verb, fault, detail) => {
  const idle = async (): Promise<{ detail: string }> => ({ detail })
  const means = { ...honestMeans, verbs: { ...honestMeans.verbs, [verb]: idle } }
  expect(await doubtsOf({ suite: rightSuite(), means, faults: [fault] })).toContain('not-exercised')
})

test.concurrent('the settling time is cut short', async () => {
  const means = { ...honestMeans, observe: async () => undefined }
  expect(await doubtsOf({ suite: rightSuite(), means })).toContain('tail-cut-short')
})

test.concurrent.each([
  'select distinct order_id as id, customer, amount from invoices',
  'select order_id as id, min(amount) as amount from invoices group by order_id',
])('an effect query that sees no duplicates: %s', async (sql) => {
  expect(await doubtsOf({ suite: rightSuite({ effects: { invoice: { sql } } }) })).toContain('duplicate-not-visible')
})

test.concurrent('an effect that takes its identity from where there is none', async () => {
  const preload = join(stack.folder, 'call.mjs')
  const codes = await doubtsOf({
    suite: rightSuite({
      dependencies: { db: { kind: 'postgres' }, psp: { kind: 'http', dedup: { header: 'Idempotency-Key' } } },
      subject: subjectOf({ preload, env: { PSP_URL: '{{psp.url}}' } }),
      effects: { call: { http: { to: 'psp', id: '/nowhere' } } }, expect: { call: 'once' },
    }),
    files: { 'call.mjs': callsOutside },
  })
  expect(codes).toEqual(['no-identity'])
})

/** Every invoice is also told to the outside, by a subclass of the database client that the consumer uses. */
const callsOutside = `
import { createRequire } from 'node:module'
const pg = createRequire(${JSON.stringify(import.meta.url)})('pg')
const { query } = pg.Client.prototype
pg.Client.prototype.query = async function (text, values) {
  if (values?.length === 3) {
    const headers = { 'idempotency-key': values[0] }
    const body = JSON.stringify({ orderId: values[0] })
    await fetch(process.env.PSP_URL + '/calls', { method: 'POST', headers, body })
  }
  return query.call(this, text, values)
}
`

test.concurrent('a subject that listens elsewhere and consumes nothing', async () => {
  const consumer = join(stack.folder, 'elsewhere.mjs')
  const failure = await failureOf({
    suite: rightSuite({ subject: subjectOf({ consumer }) }), files: { 'elsewhere.mjs': listensElsewhere },
  })
  expect(failure).toContain('without any fault the message was not settled')
})

const amqplib = `
import { createRequire } from 'node:module'
const amqp = createRequire(${JSON.stringify(import.meta.url)})('amqplib')
const connection = await amqp.connect(process.env.RABBITMQ_URL)
const channel = await connection.createChannel()
`
const listensElsewhere = `${amqplib}
await channel.assertQueue('elsewhere')
await channel.consume('elsewhere', () => {})
`

test.concurrent('a subject that goes at once', async () => {
  const failure = await failureOf({ suite: rightSuite({ subject: subjectOf({ command: ['node', '-e', '0'] }) }) })
  expect(failure).toContain('the subject went before it took deliveries')
})

test.concurrent('a subject that takes every message and does nothing', async () => {
  const consumer = join(stack.folder, 'idle.mjs')
  const codes = await doubtsOf({
    suite: rightSuite({ subject: subjectOf({ consumer }) }),
    files: { 'idle.mjs': `${amqplib}await channel.consume('orders', (message) => channel.ack(message))\n` },
  })
  expect(codes).toContain('effect-not-seen')
})

test.concurrent('a subject that reaches its database past the tap', async () => {
  const { address, user, password } = serverOf('postgres')
  const url = `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${address.port}/{{db.database}}`
  expect(await doubtsOf({ suite: rightSuite({ subject: subjectOf({ env: { DATABASE_URL: url } }) }) }))
    .toContain('bypass')
})

test.concurrent('a subject that reaches its broker past the tap, beside what it does through it', async () => {
  const { address } = serverOf('rabbitmq')
  const codes = await doubtsOf({
    suite: rightSuite({ subject: subjectOf({ preload: join(stack.folder, 'second.mjs') }) }),
    files: {
      'second.mjs': amqplib.replace('process.env.RABBITMQ_URL',
        `process.env.RABBITMQ_URL.replace(/127.0.0.1:\\d+/, '127.0.0.1:${address.port}')`),
    },
  })
  expect(codes).toContain('bypass')
})

test.concurrent('a subject that speaks to somebody undeclared, unless it is allowed with a reason', async () => {
  const preload = join(stack.folder, 'elsewhere-too.mjs')
  await using elsewhere = await listen()
  const files = {
    'elsewhere-too.mjs': `import { connect } from 'node:net'\nconnect(${elsewhere.port}, '127.0.0.1').unref()\n`,
  }
  const subject = subjectOf({ preload })
  expect(await doubtsOf({ suite: rightSuite({ subject }), files })).toEqual(['egress'])
  const allow = { egress: [{ to: `127.0.0.1:${elsewhere.port}`, reason: 'metrics' }] }
  const { result } = await stack.certify({ suite: rightSuite({ subject, allow }), files })
  expect(result.verdict).toBe('certified')
  expect(result.judgement.doubts.map(({ code, detail }) => `${code}: ${detail}`))
    .toEqual([`egress: the subject also spoke to 127.0.0.1:${elsewhere.port}, which is allowed: metrics`])
})

async function listen(): Promise<AsyncDisposable & { readonly port: number }> {
  const open: Socket[] = []
  const server = createServer((socket) => open.push(socket.on('error', () => socket.destroy())))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const bound = server.address()
  assert(bound !== null && typeof bound !== 'string', 'a server on the loopback has a port')
  return {
    port: bound.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

test.concurrent('a message of a type that no decoder knows', async () => {
  const codes = await doubtsOf({
    suite: rightSuite({ subject: subjectOf({ preload: join(stack.folder, 'strange.mjs') }) }),
    files: { 'strange.mjs': sendsStrangeMessage },
  })
  expect(codes).toContain('unknown-bytes')
})

/** A start-up packet (length, version 3.0, parameters), and after the server's answer a message of kind `z`. */
const sendsStrangeMessage = `
import { connect } from 'node:net'
const { hostname, port, username, pathname } = new URL(process.env.DATABASE_URL)
const parameters = Buffer.from(\`user\\0\${username}\\0database\\0\${pathname.slice(1)}\\0\\0\`)
const head = Buffer.alloc(8)
head.writeUInt32BE(8 + parameters.length)
head.writeUInt32BE(196608, 4)
const socket = connect(Number(port), hostname, () => socket.write(Buffer.concat([head, parameters])))
socket.once('data', () => socket.write(Buffer.from([0x7a, 0, 0, 0, 4])))
socket.on('error', () => socket.destroy())
`

test.concurrent('a frame that claims to be known and does not decode', async () => {
  const failure = await failureOf({
    suite: rightSuite({ subject: subjectOf({ preload: join(stack.folder, 'torn.mjs') }) }),
    files: { 'torn.mjs': sendsTornFrame },
  })
  expect(failure).toMatch(/^amqp: .*\(bytes [0-9a-f]+\)$/)
})

/** The protocol header, then a method frame of channel 0 with four bytes of payload and a wrong last octet. */
const sendsTornFrame = `
import { connect } from 'node:net'
const { hostname, port } = new URL(process.env.RABBITMQ_URL)
const socket = connect(Number(port), hostname, () => socket.write(Buffer.from('AMQP\\0\\0\\x09\\x01', 'latin1')))
socket.once('data', () => socket.write(Buffer.from([1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 11, 0x00])))
socket.on('error', () => socket.destroy())
`

test.concurrent('a budget that is too small', async () => {
  const codes = await doubtsOf({ suite: rightSuite(), budgetMs: 1_000 })
  expect(codes).toContain('run-not-completed')
})


test('a journal that ends in the middle is never green, wherever it ends', () => {
  const events = readJournal(join(honest.folder, 'history.ndjson'))
  expect(judge(events).verdict).toBe('certified')
  const random = new SeededRandom('cuts')
  for (let i = 0; i < 25; i += 1) {
    const kept = random.below(events.length)
    expect(judge(events.slice(0, kept)).verdict, `the first ${kept} events`).toBe('inconclusive')
  }
})

test('recheck of a run whose journal was cut off is inconclusive', async () => {
  const folder = join(stack.folder, 'cut-off')
  cpSync(honest.folder, folder, { recursive: true })
  const file = join(folder, 'history.ndjson')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.slice(0, Math.floor(text.length * 0.6)))
  await writeRunResult({ ...runOf(honest), folder })
  const again = await recheck(folder)
  expect(again.verdict).toBe('inconclusive')
  expect(again.exitCode).toBe(exitCodes.inconclusive)
})

test('recheck of a run that never came to a report is inconclusive, whatever its journal says', async () => {
  const again = await recheck(honest.folder)
  expect(again).toMatchObject({ verdict: 'inconclusive', exitCode: exitCodes.inconclusive })
  const { durationMs: _, ...told } = honest.result
  expect(again.suites).toMatchObject([told])
})

function runOf({ result, folder }: Tried): RunResult {
  return {
    folder, seed: 'trial', command: 'a test', startedAt: '2026-11-21T00:00:00Z', durationMs: 1, end: 'completed',
    suites: [result], verdict: result.verdict, exitCode: exitCodeOf([result]),
  }
}
