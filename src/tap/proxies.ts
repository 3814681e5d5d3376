/**
 * Toxiproxy, one proxy per link: what the server sees of a break is done here.
 *
 * Toxiproxy's own reset touches every proxy and is never called; listeners are on port 0 so that nothing is probed.
 */
import { Toxiproxy, type Proxy } from 'toxiproxy-node-client'
import { within } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { Address } from '../model/edges.ts'

const API_LIMIT_MS = 5_000

export interface LinkProxy extends AsyncDisposable {
  /** Where the tap connects to. */
  readonly address: Address
  /** Closes the listener and every connection, at once. */
  disable(): Promise<void>
  enable(): Promise<void>
}

/** Creates a proxy in front of a server. Errors: EnvironmentError when Toxiproxy does not answer in 5 s. */
export async function openProxy(control: Address, name: string, upstream: Address): Promise<LinkProxy> {
  const client = new Toxiproxy(`http://${control.host}:${control.port}`)
  const proxy = await answered(name, client.createProxy({
    name, listen: '127.0.0.1:0', upstream: `${upstream.host}:${upstream.port}`, enabled: true,
  }))
  const listen = proxy.listen
  const port = Number(listen.slice(listen.lastIndexOf(':') + 1))
  return {
    address: { host: '127.0.0.1', port },
    disable: () => setEnabled(proxy, listen, upstream, false),
    enable: () => setEnabled(proxy, listen, upstream, true),
    [Symbol.asyncDispose]: async () => {
      await answered(name, proxy.remove())
    },
  }
}

async function setEnabled(proxy: Proxy, listen: string, upstream: Address, enabled: boolean): Promise<void> {
  await answered(proxy.name, proxy.update({ enabled, listen, upstream: `${upstream.host}:${upstream.port}` }))
}

async function answered<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await within(work, { what: `Toxiproxy's answer for ${name}`, limitMs: API_LIMIT_MS })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`Toxiproxy did not do its work for ${name}: ${why}`, { cause: error })
  }
}
