/**
 * A process with everything it starts: own session, own process group, output captured, ended as one.
 *
 * A group does not hold its members: a prefork pool or a daemon may leave it (setsid). So each group has a mark of
 * its own in the environment; SIGKILL, SIGSTOP and SIGCONT also reach descendants that left, and SIGKILL every
 * process with the mark, as do `pause` and `resume`. Other signals go to the group, as a supervisor would send them.
 * Nothing restarts here.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { poll, within } from './clock.ts'
import { EnvironmentError, InterruptedError, SubjectError } from './errors.ts'
import { RUN_VARIABLE, type Ledger } from './ledger.ts'
import {
  carriesMark, readDescendants, readPids, readProcess, readProcesses, type ProcessEntry,
} from './process-table.ts'

const GROUP_VARIABLE = 'ONCEPROOF_PROCESS'
const DEFAULT_GRACE_MS = 5_000
/** A machine that is slow to bury its dead is no reason to give up a run. */
const GONE_LIMIT_MS = 20_000
const OUTPUT_LIMIT_MS = 500
/** A process that is deep in the kernel (a disk that is slow) stops when it comes out. */
const STILL_LIMIT_MS = 5_000

export interface ProcessRequest {
  readonly name: string
  readonly command: readonly string[]
  readonly cwd: string
  /** The whole environment; our marks are added. */
  readonly env: Readonly<Record<string, string>>
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void
  /** A server of ours: as root it runs as nobody, and dies with the harness. */
  readonly asNobody?: boolean
  /**
   * In place of SIGTERM when it is disposed; also sent when the harness dies without doing so. For a server that must
   * hand something back to the machine (Postgres: its System V segment) and is quick about it.
   */
  readonly endSignal?: NodeJS.Signals
  /** Between that and SIGKILL. */
  readonly graceMs?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

export interface ProcessGroup extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  /** The first process is gone; others of the group may live on. */
  readonly exited: Promise<Exit>
  /** Does nothing when there is nobody left. */
  signal(name: NodeJS.Signals): void
  /** Living processes: the group, descendants that left it, and what else carries its mark. */
  members(): readonly ProcessEntry[]
  /** SIGKILL to one of them alone; the rest is not told. */
  killMember(member: ProcessEntry): void
  /** SIGSTOP; resolves when every member stands still, also those that were just being made. */
  pause(): Promise<void>
  /** SIGCONT; does nothing where nobody was paused. */
  resume(): void
  /** SIGKILL; resolves when every process of the group is gone and its output was read. */
  kill(): Promise<void>
}

let started = 0

/** Throws when the command can't be started: a SubjectError, for a server of ours an EnvironmentError. */
export function startProcess(ledger: Ledger, request: ProcessRequest): ProcessGroup {
  if (ledger.isEnded) throw new InterruptedError(`${request.name} is not started: the run is over`)
  const command = commandOf(request)
  started += 1
  const mark = `${ledger.run}.${started}`
  const [program = '', ...words] = command
  const child = spawn(program, words, {
    cwd: request.cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...request.env, [RUN_VARIABLE]: ledger.run, [GROUP_VARIABLE]: mark },
  })
  // A failed start is told by the missing pid; without a listener the event would end the harness.
  child.on('error', () => undefined)
  const { pid } = child
  if (pid === undefined) throw failed(request, `${program} could not be started`)
  const first = request.endSignal === undefined ? {} : { first: request.endSignal }
  ledger.record({ pgid: pid, startTime: readProcess(pid)?.startTime ?? '', ...first })
  capture(child, request.onOutput)
  return new Group(ledger, request, { child, pid, mark: `${GROUP_VARIABLE}=${mark}` })
}

interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly mark: string
}

class Group implements ProcessGroup {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<Exit>
  readonly #ledger: Ledger
  readonly #endSignal: NodeJS.Signals
  readonly #graceMs: number
  readonly #running: Running
  readonly #closed: Promise<void>
  #paused = false
  #killed: Promise<void> | undefined
  #disposed: Promise<void> | undefined

  constructor(ledger: Ledger, request: ProcessRequest, running: Running) {
    this.name = request.name
    this.pid = running.pid
    this.#ledger = ledger
    this.#endSignal = request.endSignal ?? 'SIGTERM'
    this.#graceMs = request.graceMs ?? DEFAULT_GRACE_MS
    this.#running = running
    this.exited = new Promise((resolve) => {
      running.child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    this.#closed = new Promise((resolve) => {
      running.child.once('close', () => resolve())
    })
  }

  signal(name: NodeJS.Signals): void {
    const reachesAll = name === 'SIGKILL' || name === 'SIGSTOP' || name === 'SIGCONT'
    const left = reachesAll ? readDescendants(this.pid).filter((pid) => readProcess(pid)?.group !== this.pid) : []
    send(-this.pid, name)
    for (const pid of left) send(pid, name)
    if (name === 'SIGKILL') for (const pid of this.#marked()) send(pid, name)
  }

  members(): readonly ProcessEntry[] {
    const all = readProcesses()
    const tree = new Set([...readDescendants(this.pid), ...this.#marked()])
    return all.filter(({ pid, group, zombie }) => !zombie && (pid === this.pid || group === this.pid || tree.has(pid)))
  }

  killMember(member: ProcessEntry): void {
    // Numbers are given again: who has this one by now may be nobody of ours.
    if (readProcess(member.pid)?.startTime === member.startTime) send(member.pid, 'SIGKILL')
  }

  async pause(): Promise<void> {
    this.#paused = true
    await poll(() => {
      const moving = this.members().filter(({ stopped }) => !stopped)
      for (const { pid } of moving) send(pid, 'SIGSTOP')
      return moving.length === 0 ? true : undefined
    }, { what: `standstill of ${this.name}`, limitMs: STILL_LIMIT_MS, everyMs: 1 })
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    for (const { pid } of this.members()) send(pid, 'SIGCONT')
  }

  kill(): Promise<void> {
    this.#killed ??= this.#killAll()
    return this.#killed
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose()
    return this.#disposed
  }

  async #dispose(): Promise<void> {
    if (this.#killed === undefined && !this.#alive()) {
      // The usual end of a subject: killed and gone. Every look at all processes costs a millisecond.
      this.#killed = this.#letGo()
    } else if (this.#killed === undefined) {
      this.signal(this.#endSignal)
      this.resume()
      await poll(() => (this.#alive() ? undefined : true), {
        what: `end of ${this.name}`, limitMs: this.#graceMs, everyMs: 10,
      }).catch(() => undefined)
    }
    await this.kill()
  }

  async #killAll(): Promise<void> {
    this.signal('SIGKILL')
    await within(this.exited, { what: `end of ${this.name}`, limitMs: GONE_LIMIT_MS })
    await poll(() => {
      if (!this.#alive()) return true
      this.signal('SIGKILL')
      return undefined
    }, { what: `end of every process of ${this.name}`, limitMs: GONE_LIMIT_MS, everyMs: 5 })
    await this.#letGo()
  }

  async #letGo(): Promise<void> {
    await within(this.exited, { what: `end of ${this.name}`, limitMs: GONE_LIMIT_MS })
    this.#ledger.release(this.pid)
    const { child } = this.#running
    await within(this.#closed, { what: 'end of the output', limitMs: OUTPUT_LIMIT_MS }).catch(() => undefined)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }

  /** Somebody of the group, or with its mark, lives. Signal 0 finds zombies too, so a yes is looked at again. */
  #alive(): boolean {
    if (exists(-this.pid) && readProcesses().some((entry) => entry.group === this.pid && !entry.zombie)) return true
    return this.#marked().some((pid) => readProcess(pid)?.zombie === false)
  }

  /** Numbers rise, so descendants have higher ones; where numbers have wrapped round, the watchdog finds the rest. */
  #marked(): number[] {
    return readPids().filter((pid) => pid > this.pid && carriesMark(pid, this.#running.mark))
  }
}

function capture(child: ChildProcess, onOutput: ProcessRequest['onOutput']): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const pipe = child[stream]
    pipe?.setEncoding('utf8')
    pipe?.on('data', (text: string) => onOutput?.(stream, text))
    pipe?.on('error', () => pipe.destroy())
  }
}

/** The command in full, checked before it is tried: what spawn says later is hard to read. */
function commandOf(request: ProcessRequest): readonly string[] {
  const [program, ...words] = request.command
  if (program === undefined) throw failed(request, 'the command is empty')
  if (!existsSync(request.cwd)) throw failed(request, `its folder ${request.cwd} does not exist`)
  const path = findProgram(program, request)
  if (path === undefined) {
    const where = program.includes('/') ? `below ${request.cwd}` : 'on PATH'
    throw failed(request, `${program} was not found ${where} or is not executable`)
  }
  if (request.asNobody !== true || process.getuid?.() !== 0) return [path, ...words]
  const setpriv = findProgram('setpriv', request)
  if (setpriv === undefined) {
    throw new EnvironmentError(
      `${request.name} can't be started: setpriv was not found on PATH; as root on Linux, install util-linux`,
    )
  }
  const deathSignal = (request.endSignal ?? 'SIGKILL').slice('SIG'.length)
  return [setpriv, '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--pdeathsig', deathSignal, path, ...words]
}

function findProgram(program: string, request: ProcessRequest): string | undefined {
  if (program.includes('/')) {
    const path = resolve(request.cwd, program)
    return isExecutable(path) ? path : undefined
  }
  const folders = (request.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)
  return folders.map((folder) => join(isAbsolute(folder) ? folder : resolve(request.cwd, folder), program))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function failed(request: ProcessRequest, reason: string): SubjectError | EnvironmentError {
  const sentence = `${request.name} can't be started: ${reason}`
  return request.asNobody === true ? new EnvironmentError(sentence) : new SubjectError(sentence)
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Nobody is left to hear it (ESRCH), which is what a signal is sent for in the end.
    return
  }
}
