/**
 * Loopback ports for servers that can't be told to take any.
 *
 * They are found by binding one and letting go; between that and the server's own bind somebody else may take it, so
 * whoever starts a server has to try again. They lie below those that the system hands out for port 0 (ip(7),
 * ip_local_port_range), because these are what taps have: a question about readiness must never end up at the tap of
 * another run.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { assert } from './assert.ts'
import { EnvironmentError } from './errors.ts'

const HOST = '127.0.0.1'
const EPHEMERAL = 32_768
const PORT_MIN = 15_000
const PORT_TRIES = 200

/** Distinct loopback ports that nobody listens at. Throws EnvironmentError when none is found. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const end = firstEphemeralPort()
  const held: Server[] = []
  for (let tries = 0; held.length < count && tries < PORT_TRIES; tries += 1) {
    const listener = createServer().listen(randomInt(PORT_MIN, end), HOST)
    const bound = await once(listener, 'listening').then(() => true, () => false)
    if (bound) held.push(listener)
  }
  const ports = held.map((listener) => {
    const address = listener.address()
    assert(address !== null && typeof address !== 'string', 'a loopback listener has a port')
    return address.port
  })
  await Promise.all(held.map((listener) => once(listener.close(), 'close')))
  if (ports.length < count) throw new EnvironmentError(`no free port was found from ${PORT_MIN} to ${end}`)
  return ports
}

/** The lowest port that the system gives to whoever asks for port 0. */
function firstEphemeralPort(): number {
  try {
    const low = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0])
    return low > PORT_MIN + PORT_TRIES ? low : EPHEMERAL
  } catch {
    // No such file: the system's default holds.
    return EPHEMERAL
  }
}
