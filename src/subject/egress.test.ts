/** A subject between a tap and somewhere else, and what may be reached past a tap. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { spawn, type ChildProcess } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import type { Address } from '../model/edges.ts'
import { EgressWatch, reasonFor } from './egress.ts'

test('what is allowed, by address, port and name', async () => {
  const to = { host: '127.0.0.1', port: 443 }
  const reason = (rule: string): Promise<string | undefined> => reasonFor(to, [{ to: rule, reason: 'metrics' }])
  for (const rule of ['127.0.0.1', '127.0.0.1:443', ':443', 'localhost:443']) expect(await reason(rule)).toBe('metrics')
  for (const rule of ['127.0.0.1:80', '10.0.0.1', ':80', 'nowhere.invalid']) expect(await reason(rule)).toBeUndefined()
})

const open: Socket[] = []
const servers: Server[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    const exit = once(child, 'exit')
    assert(child.pid !== undefined, 'it was started')
    process.kill(-child.pid, 'SIGKILL')
    await exit
  }
  for (const socket of open.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await once(server.close(), 'close')
})

async function listen(): Promise<Address> {
  const server = createServer((socket) => open.push(socket))
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const bound = server.address()
  assert(bound !== null && typeof bound !== 'string', 'a server on the loopback has a port')
  return { host: '127.0.0.1', port: bound.port }
}

/** A subject under a shell, which connects to the ports, and to itself by a listener that it has closed since. */
async function subject(ports: readonly number[]): Promise<number> {
  const script = `
    const net = require('node:net')
    const own = net.createServer(() => own.close()).listen(0, '127.0.0.1', () => {
      const ports = [${ports.join()}, own.address().port]
      let left = ports.length
      for (const port of ports) net.connect(port, '127.0.0.1', () => { if (--left === 0) console.log('connected') })
    })`
  const child = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, script], { stdio: 'pipe', detached: true })
  children.push(child)
  await once(child.stdout, 'data')
  assert(child.pid !== undefined, 'it was started')
  return child.pid
}

test('a descendant is watched; taps and itself are nothing outside, and each connection is told once', async () => {
  const tap = await listen()
  const elsewhere = await listen()
  const pid = await subject([tap.port, elsewhere.port])
  const watch = new EgressWatch({ pid, taps: new Set([tap.port]), open: () => 1 })
  expect(await poll(async () => [await watch.sample()].find((found) => found.length > 0), {
    what: 'the connection outside', limitMs: 5_000, everyMs: 5,
  })).toEqual([elsewhere])
  expect(await watch.sample()).toEqual([])
})

test('as many connections as the taps have need no look at the table', async () => {
  const tap = await listen()
  const watch = new EgressWatch({ pid: await subject([tap.port]), taps: new Set(), open: () => 100 })
  expect(await watch.sample()).toEqual([])
})

test('a process that is gone is connected to nothing', async () => {
  const watch = new EgressWatch({ pid: 2 ** 30, taps: new Set(), open: () => 0 })
  expect(await watch.sample()).toEqual([])
})
