/** Tables as the kernel writes them, and who holds a connection in a family of processes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { assert } from '../lib/assert.ts'
import { readDescendants } from '../lib/process-table.ts'
import { isLoopback } from './egress.ts'
import { decodeTable, holdersOf } from './sockets.ts'

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const rest = '00000000:00000000 00:00000000 00000000     0        0'

test('addresses, v4, v6 and v4 in v6; what nobody holds is left out', () => {
  const table = decodeTable(`${head}`
    + `   0: 0100007F:1538 00000000:0000 0A ${rest} 100 1 0\n`
    + `   1: 0500000A:A2C4 0700000A:01BB 01 ${rest} 101 1 0\n`
    + `   2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000200007F:C350 01 ${rest} 102 1 0\n`
    + `   3: 00000000000000000000000001000000:0050 B80D0120000000000000000001000000:01BB 02 ${rest} 103 1 0\n`
    + `   4: 0100007F:1538 0100007F:1539 06 ${rest} 0 1 0\n`)
  expect(table).toEqual([
    { inode: '100', local: { host: '127.0.0.1', port: 5432 }, remote: { host: '0.0.0.0', port: 0 }, listens: true },
    {
      inode: '101', local: { host: '10.0.0.5', port: 41_668 }, remote: { host: '10.0.0.7', port: 443 },
      listens: false,
    },
    {
      inode: '102', local: { host: '127.0.0.1', port: 80 }, remote: { host: '127.0.0.2', port: 50_000 },
      listens: false,
    },
    {
      inode: '103', local: { host: '::1', port: 80 }, remote: { host: '2001:db8:0:0:0:0:0:1', port: 443 },
      listens: false,
    },
  ])
  expect(table.map(({ local }) => isLoopback(local))).toEqual([true, false, true, true])
})

/** A parent that connects, then makes a child that connects too; each says its port. */
const family = `
  const { spawn } = require('node:child_process')
  const made = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => {
    console.log(made.localPort)
    if (process.argv.length > 2) return
    const child = spawn(process.execPath, ['-e', process.execArgv[1], process.argv[1], 'child'], { stdio: 'inherit' })
    child.on('exit', () => process.exit())
  })`

test('a connection is held by who made it, and by nobody once it is closed', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  assert(bound !== null && typeof bound !== 'string', 'a server on the loopback has a port')
  const parent = spawn(process.execPath, ['-e', family, String(bound.port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  assert(parent.pid !== undefined, 'it was started')
  let said = ''
  for await (const text of parent.stdout.iterator({ destroyOnReturn: false })) {
    said += String(text)
    if (said.split('\n').length > 2) break
  }
  const [first = 0, second = 0] = said.split('\n').map(Number)
  const [child = 0] = readDescendants(parent.pid)
  const pids = [parent.pid, child]
  expect(await holdersOf({ from: first, to: bound.port }, pids)).toEqual([parent.pid])
  expect(await holdersOf({ from: second, to: bound.port }, pids)).toEqual([child])
  expect(await holdersOf({ from: first, to: bound.port }, [])).toEqual([])
  expect(await holdersOf({ from: first, to: 1 }, pids)).toEqual([])
  process.kill(child, 'SIGKILL')
  const exit = once(parent, 'exit')
  parent.kill('SIGKILL')
  await exit
  expect(await holdersOf({ from: first, to: bound.port }, pids)).toEqual([])
  server.close()
})
