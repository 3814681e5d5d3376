/**
 * What every server of a stack has in common: a folder that its user may write, free ports, output that is kept for
 * the one sentence about a failed start, and readiness, which is a real request answered, never an open port.
 *
 * Between finding a port free and the server's own bind somebody else may take it (lib/free-ports.ts): a server that
 * ended before it was ready is started once more with other ports.
 */
import { appendFileSync, chownSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../lib/assert.ts'
import { poll } from '../lib/clock.ts'
import { DeadlineError, EnvironmentError } from '../lib/errors.ts'
import type { Ledger } from '../lib/ledger.ts'
import { startProcess, type ProcessGroup } from '../lib/process-group.ts'
import type { Address, RunningServer } from '../model/edges.ts'
import type { PartState } from '../model/part.ts'

export { freePorts } from '../lib/free-ports.ts'

export const HOST = '127.0.0.1'

const READY_EVERY_MS = 25
const KEPT_LINES = 40

export interface StartContext {
  readonly ledger: Ledger
  /** The stack's folder; a server makes its own inside. */
  readonly folder: string
  readonly part: PartState
  /** Another server of the stack failed, or the person gave up: stop waiting, take back what was started. */
  readonly signal: AbortSignal
}

/** How a server of some kind is started, or a running one is joined. */
export type Starter = (context: StartContext) => Promise<RunningServer>

export interface ServerProcess {
  readonly name: string
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly endSignal?: NodeJS.Signals
  /** Gets everything it prints, for servers that log to a terminal. */
  readonly logFile?: string
}

/** A server process with the last lines it printed. */
export interface Started {
  readonly group: ProcessGroup
  lastLine(): string
}

export function startServer(ledger: Ledger, server: ServerProcess): Started {
  const lines: string[] = []
  const { logFile } = server
  const group = startProcess(ledger, {
    name: server.name, command: server.command, cwd: server.cwd, asNobody: true, graceMs: 2_000,
    env: { PATH: searchPath(), LANG: 'C.UTF-8', HOME: server.cwd, ...server.env },
    ...(server.endSignal === undefined ? {} : { endSignal: server.endSignal }),
    onOutput: (_, text) => {
      if (logFile !== undefined) appendFileSync(logFile, text)
      lines.push(...text.split('\n').filter((line) => line.trim() !== ''))
      lines.splice(0, lines.length - KEPT_LINES)
    },
  })
  const telling = (): string | undefined => lines.findLast((line) => /error|fatal|panic|in use|denied/i.test(line))
  return { group, lastLine: () => (telling() ?? lines.at(-1) ?? 'it printed nothing').trim().slice(0, 300) }
}

export interface Readiness<T> {
  readonly name: string
  readonly limitMs: number
  readonly signal: AbortSignal
  /** A real request; throws or answers undefined while the server is not ready. */
  readonly probe: () => Promise<T | undefined>
}

/** Waits for the first answered request; an EnvironmentError with the server's own last words otherwise. */
export async function untilReady<T>(started: Started, { name, limitMs, signal, probe }: Readiness<T>): Promise<T> {
  let exit: string | undefined
  let refusal = 'it did not answer'
  void started.group.exited.then(({ code, signal }) => {
    exit = signal ?? `exit code ${code}`
  })
  try {
    return await poll(async () => {
      if (exit !== undefined) throw new EarlyEnd(`${name} ended while it started (${exit}): ${started.lastLine()}`)
      return probe().catch((error: unknown) => {
        refusal = error instanceof Error ? error.message : String(error)
        return undefined
      })
    }, { what: `readiness of ${name}`, limitMs, signal, everyMs: READY_EVERY_MS })
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    throw new EnvironmentError(`${name} was not ready within ${limitMs} ms (${refusal}): ${started.lastLine()}`)
  }
}

/** It ended before it was ready: perhaps somebody was faster at one of its ports. */
class EarlyEnd extends EnvironmentError {}

/** Starts something twice if its first try ended early. */
export async function tryTwice<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof EarlyEnd)) throw error
    return start()
  }
}

/** A folder inside the stack's, which belongs to the user that servers run as. */
export function makeServerFolder(parent: string, name: string): string {
  const folder = join(parent, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  giveToNobody(folder)
  return folder
}

export function giveToNobody(path: string): void {
  if (process.getuid?.() !== 0) return
  const entry = readFileSync('/etc/passwd', 'utf8').split('\n').find((line) => line.startsWith('nobody:'))?.split(':')
  if (entry === undefined) throw new EnvironmentError("there is no user 'nobody' to run servers as; don't run as root")
  chownSync(path, Number(entry[2]), Number(entry[3]))
}

/** Of the environment, servers get this alone: what else is in it is none of their business. */
export function searchPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
}

/** The place of a part that is started here. */
export function pathOf(part: PartState): string {
  assert(part.path !== undefined, `${part.name} has no path`)
  return part.path
}

/** What a URL of a running server says. */
export function parseServer(part: PartState, url: string, port: number): {
  readonly address: Address
  readonly user: string
  readonly password: string
} {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hostname === '') throw new EnvironmentError(`${part.name}: its URL can't be read`)
  return {
    address: { host: parsed.hostname, port: parsed.port === '' ? port : Number(parsed.port) },
    user: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password),
  }
}
