/** The sink over real loopback connections. */
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import type { SinkShare } from '../model/edges.ts'
import { http } from './http.ts'

let share: SinkShare

beforeEach(async () => {
  share = await http.cell('c-1', 'psp', { dedup: { header: 'Idempotency-Key' } })
})

afterEach(async () => {
  await share[Symbol.asyncDispose]()
})

function url(path: string, of = share): string {
  return `${of.template(of.upstream).url ?? ''}${path}`
}

async function post(path: string, key: string, of = share) {
  const answer = await fetch(url(path, of), {
    method: 'POST', body: '{"orderId":"o-1"}', headers: { 'Idempotency-Key': key, 'content-type': 'application/json' },
  })
  return { status: answer.status, text: await answer.text() }
}

test('calls are performed, answered and kept as they came', async () => {
  expect(await post('/charges?x=1', 'k')).toEqual({ status: 200, text: '{"ok":true}' })
  expect(await post('/charges?x=1', 'k')).toEqual({ status: 200, text: '{"ok":true}' })
  expect(share.calls().map((call) => call.performed)).toEqual([true, false])
  expect(share.calls()[0]).toMatchObject({
    method: 'POST', path: '/charges?x=1', body: '{"orderId":"o-1"}', answer: 200, headers: { 'idempotency-key': 'k' },
  })
  expect(await (await fetch(url('/charges/o-1'))).json()).toEqual({ id: 'o-1', performed: 1 })
})

test('the template leads to the tap, not to the sink', () => {
  expect(share.template({ host: '127.0.0.1', port: 9 })).toEqual({
    url: 'http://127.0.0.1:9', address: '127.0.0.1:9', host: '127.0.0.1', port: '9',
  })
})

test('a dropped call was performed, and its connection ends without a byte', async () => {
  await using dropping = await http.cell('c-1', 'psp', { mode: 'performs-then-drops' })
  await expect(post('/charges', 'k', dropping)).rejects.toThrow('fetch failed')
  expect(dropping.calls()).toMatchObject([{ performed: true, answer: 0 }])
  expect(await post('/charges', 'k', dropping)).toMatchObject({ status: 200 })
})

test('a request that breaks off in its body never reached the outside world', async () => {
  const socket = connect(share.upstream.port, share.upstream.host)
  socket.on('error', () => {})
  socket.write('POST /charges HTTP/1.1\r\nhost: psp\r\ncontent-length: 100\r\n\r\n{"half')
  await poll(async () => (await share.connectionsSeen() === 1 ? true : undefined), {
    what: 'The connection', limitMs: 5000, everyMs: 2,
  })
  socket.resetAndDestroy()
  expect(await post('/charges', 'k')).toMatchObject({ status: 200 })
  expect(share.calls()).toHaveLength(1)
})

test('accepted connections are counted, not calls', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const call = (): Promise<number | undefined> => new Promise((resolve, reject) => {
    request(url('/charges'), { method: 'POST', agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    }).on('error', reject).end('{}')
  })
  expect([await call(), await call(), await call()]).toEqual([200, 200, 200])
  expect(await share.connectionsSeen()).toBe(1)
  agent.destroy()
  await new Promise<void>((resolve, reject) => {
    const socket = connect(share.upstream.port, share.upstream.host, () => socket.end())
    socket.on('close', () => resolve()).on('error', reject).resume()
  })
  expect(await share.connectionsSeen()).toBe(2)
  expect(share.connectionsOwn()).toBe(0)
})

test('a planted loss is answered like any other call', async () => {
  share.plantLoss()
  expect(await post('/charges', 'k')).toEqual({ status: 200, text: '{"ok":true}' })
  expect(share.calls()).toMatchObject([{ performed: false, answer: 200 }])
})

test('disposal ends open connections and frees the port, twice without harm', async () => {
  const socket = connect(share.upstream.port, share.upstream.host)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  await share[Symbol.asyncDispose]()
  await share[Symbol.asyncDispose]()
  await closed
  await expect(fetch(url('/'))).rejects.toThrow('fetch failed')
  const again = await http.cell('c-1', 'psp', {})
  assert(again.upstream.port > 0, 'a port was given')
  await again[Symbol.asyncDispose]()
})
