/**
 * Links to servers that have no share of their own in a cell and no decoder: somebody else's cache, queue or service.
 *
 * Their points are turns of request and response, every network fault applies, and what they say is not decoded. All
 * cells share the one server that the suite names; nothing in it is made or deleted.
 */
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import type { Address, CellShare } from '../model/edges.ts'
import { linkKind } from '../model/kind.ts'
import { tcpWire } from '../wire/tcp/wire.ts'

export const tcpKind = linkKind({
  settings: z.strictObject({
    to: z.string().min(1).meta({
      title: 'an address', examples: ["to: 'localhost:6379'"], description: "Where the link leads: 'host:port'",
    }),
  }),
  fields: () => ['address', 'host', 'port'],
})

/** A link that is made of its settings alone. */
export type PlainLink = (name: string, settings: Readonly<Record<string, unknown>>) => CellShare

export const tcpLink: PlainLink = (name, settings) => {
  const upstream = parseAddress(name, settings['to'])
  return {
    name,
    upstream,
    wire: tcpWire,
    template: (tap) => ({ address: `${tap.host}:${tap.port}`, host: tap.host, port: String(tap.port) }),
    // Nobody there tells who has connected.
    connectionsSeen: () => Promise.resolve(undefined),
    connectionsOwn: () => 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function parseAddress(name: string, to: unknown): Address {
  const [, host, port] = (typeof to === 'string' ? /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(to) : null) ?? []
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new UsageError(`dependencies.${name}.to: expected 'host:port', got ${JSON.stringify(to)}`)
  }
  return { host, port: Number(port) }
}
