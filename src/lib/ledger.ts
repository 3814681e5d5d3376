/**
 * What a run has started and must not leave behind, written down before it can matter, and the watchdog that acts on
 * it (watchdog.ts) when the harness's end of its pipe closes: after a normal end, a crash or our own SIGKILL.
 *
 * The file is written synchronously: a process group is on record before the call that started it returns. What
 * falls between (a SIGKILL of the harness in those microseconds) carries the run's mark in its environment. The
 * watchdog itself must not carry any run's mark, or a harness that runs under a harness would lose its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { assert } from './assert.ts'
import { within } from './clock.ts'
import { EnvironmentError } from './errors.ts'
import { encodeLedgerLine, type GroupLine, type LedgerLine } from './ledger-lines.ts'

/** Name of the environment variable by which every process of a run is recognised. */
export const RUN_VARIABLE = 'ONCEPROOF_RUN'

const END_LIMIT_MS = 5_000

export interface Ledger extends AsyncDisposable {
  /** Unique name of the run: the value of ONCEPROOF_RUN. */
  readonly run: string
  /** Nobody watches any more: nothing may be started. */
  readonly isEnded: boolean
  record(group: GroupLine): void
  /** The group is known to be gone; its number may be another's from now on. */
  release(pgid: number): void
  /** Has a folder deleted at the end. Its name must begin with `onceproof`, so that no slip deletes anything else. */
  removeFolder(path: string): void
}

/** Starts the watchdog. Disposing the ledger ends it, after it has killed and deleted whatever is left. */
export async function openLedger(folder: string): Promise<Ledger> {
  if (process.platform !== 'linux') {
    throw new EnvironmentError(`the native environment needs Linux, this is ${process.platform}; run it in a container`)
  }
  mkdirSync(folder, { recursive: true })
  const run = randomUUID()
  const path = join(folder, `ledger-${run}.ndjson`)
  const file = openSync(path, 'a', 0o600)
  const watchdog = startWatchdog(path, run)
  await within(once(watchdog, 'spawn'), { what: 'start of the watchdog', limitMs: END_LIMIT_MS })
  let ended: Promise<void> | undefined
  const write = (line: LedgerLine): void => {
    if (ended === undefined) writeSync(file, encodeLedgerLine(line))
  }
  return {
    run,
    get isEnded() {
      return ended !== undefined
    },
    record: (group) => write({ group }),
    release: (pgid) => write({ gone: pgid }),
    removeFolder: (path) => {
      assert(isAbsolute(path) && basename(path).startsWith('onceproof'), `${path} is no folder of a run`)
      write({ folder: path })
    },
    [Symbol.asyncDispose]: () => (ended ??= endWatchdog(watchdog, file)),
  }
}

/** The same file, as .ts from the sources and as .js from the package. */
function startWatchdog(path: string, run: string): ChildProcess {
  const program = new URL(import.meta.url.endsWith('.ts') ? './watchdog.ts' : './watchdog.js', import.meta.url)
  const { [RUN_VARIABLE]: _, NODE_OPTIONS: __, ...env } = process.env
  const watchdog = spawn(process.execPath, [program.pathname, path, `${RUN_VARIABLE}=${run}`], {
    detached: true, stdio: ['pipe', 'ignore', 'ignore'], env, cwd: '/',
  })
  watchdog.unref()
  // Writing is never tried, but a watchdog that somebody ended closes the pipe from its side.
  watchdog.stdin?.on('error', () => watchdog.stdin?.destroy())
  return watchdog
}

async function endWatchdog(watchdog: ChildProcess, file: number): Promise<void> {
  closeSync(file)
  if (watchdog.exitCode !== null || watchdog.signalCode !== null) return
  watchdog.ref()
  const exit = once(watchdog, 'exit')
  watchdog.stdin?.destroy()
  await within(exit, { what: 'end of the watchdog', limitMs: END_LIMIT_MS })
}
