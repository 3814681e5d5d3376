/**
 * The native environment: servers as processes of this machine, started side by side, on loopback only, in a folder
 * that is gone afterwards. Which parts there are is told from outside; nothing is looked for or installed here.
 *
 * The folder is not below the run's own folder: servers run as nobody where the harness is root, and nobody can't
 * enter /root. It is registered with the ledger before anything lies in it.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nowMs } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { Ledger } from '../lib/ledger.ts'
import type { Environment, Stack } from '../model/edges.ts'
import type { PartState } from '../model/part.ts'
import type { StartContext, Starter } from './server.ts'
import { startToxiproxy } from './toxiproxy.ts'

const PROXIES = 'toxiproxy'

export interface NativeOptions {
  /** What `inspectParts()` found. */
  readonly parts: readonly PartState[]
  /** By kind; the part that a server is made of has the same name. */
  readonly starters: Readonly<Record<string, Starter>>
  /** One line per server that is ready. */
  readonly onProgress?: (text: string) => void
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal
}

interface Plan<T> {
  readonly kind: string
  readonly part: PartState
  readonly starter: (context: StartContext) => Promise<T>
}

let started = 0

export function nativeEnvironment(ledger: Ledger, options: NativeOptions): Environment {
  return { name: 'native', start: (kinds) => startStack(ledger, options, kinds) }
}

async function startStack(ledger: Ledger, options: NativeOptions, kinds: readonly string[]): Promise<Stack> {
  const wanted = [...new Set(kinds)]
  const { parts, starters } = options
  const plans = wanted.map((kind) => ({ kind, starter: starterOf(starters, kind), part: partOf(parts, kind) }))
  const proxyPart = partOf(parts, PROXIES)
  const folder = makeFolder(ledger)
  const running: AsyncDisposable[] = []
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const start = async <T extends AsyncDisposable & { readonly version: string }>(
    { kind, part, starter }: Plan<T>,
  ): Promise<readonly [string, T]> => {
    const beganMs = nowMs()
    const server = await starter({ ledger, folder, part, signal })
    running.push(server)
    options.onProgress?.(`${kind} ${server.version} is ready after ${((nowMs() - beganMs) / 1000).toFixed(1)} s`)
    return [kind, server]
  }
  const dispose = async (): Promise<void> => {
    try {
      await Promise.all(running.map((server) => server[Symbol.asyncDispose]()))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const [proxies, ...servers] = await settleAll([
    start({ kind: PROXIES, part: proxyPart, starter: startToxiproxy }), ...plans.map(start),
  ] as const, failure, dispose)
  return {
    servers: Object.fromEntries(servers), proxies: proxies[1].address, folder,
    versions: Object.fromEntries([proxies, ...servers].map(([kind, server]) => [kind, server.version])),
    [Symbol.asyncDispose]: once(dispose),
  }
}

/** All of them, or none: the first failure ends the other starts, and is told when what ran was disposed. */
async function settleAll<T extends readonly Promise<unknown>[]>(
  starts: T, failure: AbortController, dispose: () => Promise<void>,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  try {
    return await Promise.all(starts)
  } catch (error) {
    failure.abort(error)
    await Promise.allSettled(starts)
    await dispose()
    throw error
  }
}

function starterOf(known: Readonly<Record<string, Starter>>, kind: string): Starter {
  const starter = known[kind]
  if (starter !== undefined) return starter
  throw new EnvironmentError(`the native environment can't start ${kind}; it knows ${Object.keys(known).join(', ')}`)
}

function partOf(parts: readonly PartState[], kind: string): PartState {
  const part = parts.find(({ name }) => name === kind)
  if (part !== undefined && part.source !== 'missing') return part
  if (part === undefined) throw new EnvironmentError(`nobody has looked for ${kind} on this machine`)
  throw new EnvironmentError(`${kind} is missing: ${part.state}; to mend that: ${part.fix ?? 'onceproof setup'}`)
}

function makeFolder(ledger: Ledger): string {
  started += 1
  const base = process.getuid?.() === 0 ? '/var/tmp' : tmpdir()
  const folder = join(base, `onceproof-${ledger.run}${started === 1 ? '' : `-${started}`}`)
  ledger.removeFolder(folder)
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  return folder
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
