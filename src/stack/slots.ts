/**
 * A pool of listeners of ours, bound before a server starts so that it can be told their ports: nothing is probed and
 * released. Each belongs to one incarnation at a time; whoever connects to one that nobody has is hung up on.
 *
 * What was given back longest ago is given out first: a straggler of the dead that still connects should meet nobody.
 * Both sides of a connection are closed apart (allowHalfOpen), as at every tap.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { assert } from '../lib/assert.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { Address, Slot } from '../model/edges.ts'
import { HOST } from './server.ts'

interface Place {
  readonly address: Address
  readonly listener: Server
  handler: ((socket: Socket) => void) | undefined
}

export interface Slots extends Disposable {
  /** What the server is to advertise, in the order of its listeners. */
  readonly addresses: readonly Address[]
  /** A free one; `upstreams` are the server's listeners behind them, in the same order. */
  take(upstreams: readonly Address[]): Slot
}

export async function openSlots(count: number, server: string): Promise<Slots> {
  const places = await Promise.all(Array.from({ length: count }, openPlace))
  const free = [...places]
  return {
    addresses: places.map(({ address }) => address),
    take: (upstreams) => {
      const place = free.shift()
      if (place === undefined) {
        throw new EnvironmentError(`all ${count} addresses that ${server} advertises are taken; try fewer cells`)
      }
      const upstream = upstreams[places.indexOf(place)]
      assert(upstream !== undefined, 'every slot has a listener of the server behind it')
      return slotAt(place, upstream, () => free.push(place))
    },
    // Connections that were accepted are their taps' to end.
    [Symbol.dispose]: () => {
      for (const { listener } of places) listener.close()
    },
  }
}

function slotAt(place: Place, upstream: Address, giveBack: () => void): Slot {
  let released = false
  return {
    address: place.address, upstream,
    accept: (handler) => {
      assert(!released, 'a slot that was given back is not used any more')
      place.handler = handler
    },
    release: () => {
      if (released) return
      released = true
      place.handler = undefined
      giveBack()
    },
  }
}

async function openPlace(): Promise<Place> {
  const listener = createServer({ noDelay: true, allowHalfOpen: true }).listen(0, HOST)
  await once(listener, 'listening')
  const address = listener.address()
  assert(address !== null && typeof address !== 'string', 'a loopback listener has a port')
  const place: Place = { address: { host: HOST, port: address.port }, listener, handler: undefined }
  listener.on('connection', (socket) => {
    if (place.handler === undefined) socket.destroy()
    else place.handler(socket)
  })
  return place
}
