/**
 * A tap that is asked about raw frames, between two sockets of the test: frames go on one by one, what is withheld
 * stays in order, and the decoder only listens.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { poll } from '../lib/clock.ts'
import { amqpWire } from '../wire/amqp/wire.ts'
import type { TapConnection, Watcher } from './connection.ts'
import { Tap } from './tap.ts'

const header = Buffer.from('AMQP\0\0\u0009\u0001', 'latin1')
const heartbeat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])

/** Passes the frames before a number, and tells units by direction. */
class Counting implements Watcher {
  readonly told: string[] = []
  connection: TapConnection | undefined
  #left: number
  readonly raw = (): 'pass' | 'hold' => {
    this.#left -= 1
    return this.#left >= 0 ? 'pass' : 'hold'
  }

  constructor(passing: number) {
    this.#left = passing
  }

  opened(connection: TapConnection): void {
    this.connection = connection
  }

  request(): 'hold' {
    this.told.push('request')
    return 'hold'
  }

  forwarded(): void {
    this.told.push('forwarded')
  }

  reply(): 'pass' {
    return 'pass'
  }

  closed(): void {}

  answered(): void {}

  undecodable(): void {
    this.told.push('undecodable')
  }
}

const server = createServer()
const received: Buffer[] = []
const sockets: Socket[] = []

beforeEach(async () => {
  received.length = 0
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('data', (bytes) => received.push(bytes))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.removeAllListeners('connection')
  await new Promise((resolve) => {
    server.close(resolve)
  })
})

function parsePort(): number {
  return (server.address() as AddressInfo).port
}

async function untilReceived(bytes: Buffer): Promise<void> {
  await poll(() => (Buffer.concat(received).equals(bytes) ? true : undefined), {
    what: `arrival of ${bytes.length} bytes`, limitMs: 5_000, everyMs: 1,
  })
}

test('frames of one chunk are decided one by one, and released in order', async () => {
  const watcher = new Counting(2)
  const upstream = { host: '127.0.0.1', port: parsePort() }
  await using tap = await Tap.open({ link: 'orders', wire: amqpWire, upstream, watcher, prefix: 't', gated: false })
  const client = connect(tap.address.port, tap.address.host)
  sockets.push(client)
  client.write(Buffer.concat([header, heartbeat, heartbeat, heartbeat]))
  await untilReceived(Buffer.concat([header, heartbeat]))
  expect(watcher.told.filter((word) => word === 'request')).toHaveLength(4)
  expect(watcher.told.filter((word) => word === 'forwarded')).toHaveLength(2)
  watcher.connection?.release()
  await untilReceived(Buffer.concat([header, heartbeat, heartbeat, heartbeat]))
  expect(watcher.told).not.toContain('undecodable')
})
