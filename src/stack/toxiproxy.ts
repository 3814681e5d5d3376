/**
 * Starts Toxiproxy's server, whose control address is all that a stack needs of it: proxies are made per link.
 */
import { EnvironmentError } from '../lib/errors.ts'
import type { Address } from '../model/edges.ts'
import {
  freePorts, HOST, makeServerFolder, parseServer, pathOf, startServer, tryTwice, untilReady, type StartContext,
} from './server.ts'

const NAME = 'Toxiproxy'
const READY_LIMIT_MS = 10_000

export interface RunningProxies extends AsyncDisposable {
  readonly address: Address
  readonly version: string
  readonly pid?: number
}

export async function startToxiproxy(context: StartContext): Promise<RunningProxies> {
  const { url } = context.part
  if (url === undefined) return tryTwice(() => startOwn(context))
  const { address } = parseServer(context.part, url, 8474)
  const version = await askVersion(address).catch(() => undefined)
  if (version === undefined) {
    throw new EnvironmentError(`${NAME} at ${address.host}:${address.port} does not answer GET /version`)
  }
  return { address, version, [Symbol.asyncDispose]: () => Promise.resolve() }
}

async function startOwn({ ledger, folder, part, signal }: StartContext): Promise<RunningProxies> {
  const [port = 0] = await freePorts(1)
  const address = { host: HOST, port }
  const started = startServer(ledger, {
    name: NAME, command: [pathOf(part), '-host', HOST, '-port', String(port)],
    cwd: makeServerFolder(folder, 'toxiproxy'), env: { LOG_LEVEL: 'error' },
  })
  try {
    const version = await untilReady(started, {
      name: NAME, limitMs: READY_LIMIT_MS, signal, probe: () => askVersion(address),
    })
    return {
      address, version: version === 'git' ? part.version : version, pid: started.group.pid,
      [Symbol.asyncDispose]: () => started.group.kill(),
    }
  } catch (error) {
    await started.group.kill()
    throw error
  }
}

/** `{"version": "2.12.0"}`; builds without the version's linker flag say `git`. */
async function askVersion({ host, port }: Address): Promise<string | undefined> {
  const answer = await fetch(`http://${host}:${port}/version`, { signal: AbortSignal.timeout(2_000) })
  return answer.ok ? /(?:"version":\s*"|^)v?([\w.-]+)/.exec(await answer.text())?.[1] : undefined
}
